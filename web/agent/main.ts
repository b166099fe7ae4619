// The agent's two pages on its own loopback origin: the popup that sites open, and the page for the person whose
// keys these are. They share no file with the platform's pages at run time. What the popup shows comes from the
// agent, which read it from the server's intent; the page that asks can put no word of its own there.

import { createApp } from 'vue'
import App from './App.vue'
import './agent.css'

if (location.pathname === '/') {
  // The popup must open fast: it does not carry the other page.
  void import('./home/HomePage.vue').then((page) => createApp(page.default).mount('#app'))
} else {
  createApp(App).mount('#app')
}
