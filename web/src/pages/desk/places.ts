// Which of the desk's places an operator's class opens: 业务 works, 审计 looks, 系统 keeps regions and operators.

import { computed } from 'vue'
import '../../routes'
import { useTexts } from '../../i18n'
import { operatorClass } from '../../session'

export function useDeskPlaces() {
  const t = useTexts(
    { seals: '印章申请', requests: '单位审核', organisations: '单位', bindings: 'CA 绑定', forced: '强制解绑', regions: '区划', operators: '运营人员', tickets: '客服工单' },
    { seals: 'Seal applications', requests: 'Requests', organisations: 'Organisations', bindings: 'Bindings', forced: 'Forced releases', regions: 'Regions', operators: 'Operators', tickets: 'Tickets' },
  )
  return computed(() => [
    { to: '/operator/tickets', text: t.value.tickets },
    ...(operatorClass.value === 'business' || operatorClass.value === 'audit'
      ? [
          { to: '/operator/organisation-requests', text: t.value.requests },
          { to: '/operator/seal-applications', text: t.value.seals },
          { to: '/operator/organisations', text: t.value.organisations },
          { to: '/operator/bindings', text: t.value.bindings },
          { to: '/operator/forced-unbindings', text: t.value.forced },
        ]
      : []),
    ...(operatorClass.value === 'system' || operatorClass.value === 'audit'
      ? [
          { to: '/operator/regions', text: t.value.regions },
          { to: '/operator/operators', text: t.value.operators },
        ]
      : []),
  ])
}
