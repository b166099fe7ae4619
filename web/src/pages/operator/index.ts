// 平台运营's pages of downloads and enquiries as one chunk.

export { default as EnquiriesPage } from './EnquiriesPage.vue'
export { default as PackagesPage } from './PackagesPage.vue'
