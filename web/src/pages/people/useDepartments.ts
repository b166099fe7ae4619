// The departments of one's organisation, for lists and for choosing one. Few, so all of them at once.

import { ref, shallowRef } from 'vue'
import { api } from '../../api/client'
import type { Department } from '../../api/people'
import { asProblem, type ApiProblem } from '../../api/problem'
import type { Page } from '../../api/types'

export function useDepartments() {
  const departments = shallowRef<Department[] | null>(null)
  const problem = ref<ApiProblem | null>(null)

  async function load() {
    try {
      departments.value = (await api.get<Page<Department>>('/departments')).items
      problem.value = null
    } catch (error) {
      problem.value = asProblem(error)
    }
  }
  void load()
  return { departments, problem, load }
}
