// How many 消息 are unread, for the header; asked when somebody comes in and when the list is opened.

import { ref, watch } from 'vue'
import { api } from './api/client'
import type { Queue } from './api/applications'
import type { Notices, OperatorPackage, Page } from './api/types'
import { duties, isOperator, secondStep, session } from './session'

/** For an operator: how many suppliers' questions wait; for one with duties, how many applications. */
export const unread = ref(0)
/** How many 待办 and 预警 one has. */
export const tasks = ref(0)
export const warnings = ref(0)

export async function countUnread(): Promise<void> {
  unread.value = tasks.value = warnings.value = 0
  if (!session.value || secondStep.value) return
  try {
    unread.value = await (duties.value.length ? waitingApplications() : isOperator.value ? waitingEnquiries() : unreadNotices())
    if (!isOperator.value) {
      tasks.value = (await api.get<{ total: number }>('/tasks')).total
      warnings.value = (await api.get<{ total: number }>('/warnings')).total
    }
  } catch {
    // A number that can't be had is not worth an error on every page; the list itself says what is wrong.
    unread.value = 0
  }
}

async function waitingApplications(): Promise<number> {
  const { queues } = await api.get<{ queues: Queue[] }>('/operator/queues')
  return queues.reduce((sum, queue) => sum + queue.count, 0)
}

async function waitingEnquiries(): Promise<number> {
  return (await api.get<Page<OperatorPackage> & { waiting: number }>('/operator/packages')).waiting
}

async function unreadNotices(): Promise<number> {
  return (await api.get<Notices>('/notices')).unread
}

watch(() => session.value?.account.id, () => void countUnread(), { immediate: true })
