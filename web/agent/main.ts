// The agent's popup. It runs on the agent's loopback origin and shares no file with the platform's pages.

const root = document.getElementById('app')
if (root) root.textContent = '印信客户端'
