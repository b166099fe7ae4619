// The applicant's pages as one chunk: the list, the wizard's first step, and an application.

export { default as ApplicationPage } from './ApplicationPage.vue'
export { default as ApplicationsPage } from './ApplicationsPage.vue'
export { default as NewApplicationPage } from './NewApplicationPage.vue'
