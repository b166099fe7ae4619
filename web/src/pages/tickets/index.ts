// 联系客服 for whoever asks. One chunk.

export { default as NewTicketPage } from './NewTicketPage.vue'
export { default as TicketPage } from './TicketPage.vue'
export { default as TicketsPage } from './TicketsPage.vue'
