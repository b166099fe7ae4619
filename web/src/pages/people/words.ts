// Roles, states and rules of an account as people read them.

import { computed } from 'vue'
import type { AccountState, CaLogin, Role } from '../../api/people'
import { useTexts } from '../../i18n'

export function usePeopleWords() {
  return useTexts(
    {
      roles: { administrator: '单位管理员', handler: '经办人', seal_keeper: '印章管理员', finance: '财务', reader: '只读' } satisfies Record<Role, string>,
      rights: {
        administrator: '管理单位、员工、申领和所有绑定', handler: '申领、绑定本人的 CA 锁、上传和提交文件', seal_keeper: '绑定本人的 CA 锁、签章', finance: '付款、发票', reader: '只能查看',
      } satisfies Record<Role, string>,
      states: { invited: '待激活', active: '正常', locked: '已锁定', left: '已离职' } satisfies Record<AccountState, string>,
      caLogin: { allowed: '允许', disabled: '禁用', required: '必须使用 CA 登录' } satisfies Record<CaLogin, string>,
    },
    {
      roles: { administrator: 'Administrator', handler: 'Handler', seal_keeper: 'Seal keeper', finance: 'Finance', reader: 'Read only' },
      rights: {
        administrator: 'Manages organisation, people, applications and all bindings', handler: 'Applies, binds own keys, uploads and submits documents', seal_keeper: 'Binds own keys, seals', finance: 'Payments and invoices', reader: 'Looks only',
      },
      states: { invited: 'invited', active: 'active', locked: 'locked', left: 'left' },
      caLogin: { allowed: 'Allowed', disabled: 'Disabled', required: 'CA key required' },
    },
  )
}

export const STATE_TAGS: Record<AccountState, string> = { invited: 'tag--warn', active: 'tag--good', locked: 'tag--seal', left: '' }

/** The crumbs of a page under 系统管理 or 个人中心. */
export function useSystemCrumbs(style: () => string | undefined) {
  const t = useTexts({ apps: '应用中心', system: '系统管理', me: '个人中心' }, { apps: 'Applications', system: 'System management', me: 'Personal centre' })
  return computed(() => [{ text: t.value.apps, to: '/apps' }, { text: style() === 'system_management' ? t.value.system : t.value.me }])
}
