// 强制解绑, for both sides, as one chunk; the operators' pages are in desk.

export { default as ForcedListPage } from './ForcedListPage.vue'
export { default as ForcedPage } from './ForcedPage.vue'
