// 安全设置 and 消息设置, the operator's own page, recovery and invitations as one chunk.

export { default as InvitationPage } from './InvitationPage.vue'
export { default as OperatorAccountPage } from './OperatorAccountPage.vue'
export { default as PreferencesPage } from './PreferencesPage.vue'
export { default as RecoveryPage } from './RecoveryPage.vue'
export { default as SecurityPage } from './SecurityPage.vue'
