/** Most documents of one batch, as the API takes them. */
export const mostDocuments = 50
