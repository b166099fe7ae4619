// 单位信息 and its reviewed requests as one chunk.

export { default as OrganisationPage } from './OrganisationPage.vue'
export { default as RequestPage } from './RequestPage.vue'
