//! What agent, server and page exchange: statement, intent, requests, reports, error codes.
