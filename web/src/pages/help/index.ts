// 帮助中心. One chunk, with the catalogue of failures.

export { default as CasesPage } from './CasesPage.vue'
export { default as HelpPage } from './HelpPage.vue'
