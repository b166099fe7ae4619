import { expect, it } from 'vitest'
import { platform } from '../../platform'
import type { Platform } from '../../api/types'
import { pageOf } from './links'

it('what the server names stands under the menu of the platform', () => {
  platform.value = { style: 'personal_centre' } as Platform
  expect(['/bindings', '/forced-unbindings/01J', '/organisation/requests/01J', '/applications', '/applications/01J', '/documents'].map(pageOf)).toEqual([
    '/me/bindings', '/me/forced/01J', '/me/organisation/01J', '/me/applications', '/applications/01J', '/documents',
  ])
  platform.value = { style: 'system_management' } as Platform
  expect(['/bindings', '/forced-unbindings/01J'].map(pageOf)).toEqual(['/system/ca/bindings', '/system/ca/forced/01J'])
})
