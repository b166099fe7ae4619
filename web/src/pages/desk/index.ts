// The operators' desk beside applications and downloads: organisations, bindings, regions, operators. One chunk.

export { default as BindingsPage } from './BindingsPage.vue'
export { default as ForcedListPage } from './ForcedListPage.vue'
export { default as ForcedReviewPage } from './ForcedReviewPage.vue'
export { default as OperatorsPage } from './OperatorsPage.vue'
export { default as OrganisationPage } from './OrganisationPage.vue'
export { default as OrganisationsPage } from './OrganisationsPage.vue'
export { default as RegionsPage } from './RegionsPage.vue'
export { default as RequestReviewPage } from './RequestReviewPage.vue'
export { default as RequestsPage } from './RequestsPage.vue'
