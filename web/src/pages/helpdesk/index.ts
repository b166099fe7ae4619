// The help desk: tickets, canned answers, what fails most. One chunk.

export { default as CannedPage } from './CannedPage.vue'
export { default as DeskTicketPage } from './DeskTicketPage.vue'
export { default as QueuePage } from './QueuePage.vue'
export { default as StatisticsPage } from './StatisticsPage.vue'
