// 文件签章 as one chunk: the list leads to a document, and that to its report.

export { default as DocumentPage } from './DocumentPage.vue'
export { default as DocumentReportPage } from './DocumentReportPage.vue'
export { default as DocumentsPage } from './DocumentsPage.vue'
