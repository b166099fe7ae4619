// The back office as one chunk: whoever has a duty uses several of its pages, and no visitor pays for its list of files.

export { default as CounterPage } from './CounterPage.vue'
export { default as OfficeApplicationPage } from './OfficeApplicationPage.vue'
export { default as OutboxPage } from './OutboxPage.vue'
export { default as PaymentsPage } from './PaymentsPage.vue'
export { default as QueuesPage } from './QueuesPage.vue'
