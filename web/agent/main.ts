// The agent's popup. It runs on the agent's own loopback origin and shares no file with the platform's pages at
// run time. What it shows comes from the agent, which read it from the server's intent; the page that asks can
// put no word of its own here.

import { createApp } from 'vue'
import App from './App.vue'
import './agent.css'

createApp(App).mount('#app')
