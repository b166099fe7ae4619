// 印章管理 of an organisation, and the operators' desk for its applications, as one chunk.

export { default as SealDeskPage } from './SealDeskPage.vue'
export { default as SealsPage } from './SealsPage.vue'
