import { createApp } from 'vue'
import App from './App.vue'
import { keepDocumentLanguage } from './i18n'
import { router } from './router'
import './style/base.css'

keepDocumentLanguage()
createApp(App).use(router).mount('#app')
