// Which page stands where. Pages are chunks of their own; the home page and the login must load fast.

import { nextTick } from 'vue'
import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'
import { onSessionEnd } from './api/client'
import { platform } from './platform'
import { homePath, isOperator, loadSession, secondStep, session } from './session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Only for somebody who is logged in. */
    private?: boolean
    /** Only for 平台运营; the other private pages are only for suppliers. */
    operator?: boolean
    /** Only for platforms of this style; the other's visitors are led to the same list in their own menu. */
    style?: 'personal_centre' | 'system_management'
    twin?: string
  }
}

// Pages that lead to each other share a chunk: every chunk's name is paid for by the first visit.
const applications = (name: keyof typeof import('./pages/applications')) => () => import('./pages/applications').then((pages) => pages[name])
const documents = (name: keyof typeof import('./pages/documents')) => () => import('./pages/documents').then((pages) => pages[name])
const office = (name: keyof typeof import('./pages/office')) => () => import('./pages/office').then((pages) => pages[name])
const operator = (name: keyof typeof import('./pages/operator')) => () => import('./pages/operator').then((pages) => pages[name])

export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
  routes: [
    { path: '/', component: () => import('./pages/home/HomePage.vue') },
    { path: '/login', component: () => import('./pages/login/LoginPage.vue') },
    { path: '/register', component: () => import('./pages/register/RegisterPage.vue') },
    { path: '/apply', component: () => import('./pages/providers/ApplyPage.vue') },
    { path: '/downloads', component: () => import('./pages/downloads/DownloadsPage.vue') },
    { path: '/doctor', component: () => import('./pages/doctor/DoctorPage.vue') },
    { path: '/key-check', component: () => import('./pages/keycheck/KeyCheckPage.vue') },
    { path: '/verify', component: () => import('./pages/verify/VerifyPage.vue') },
    { path: '/apps', component: () => import('./pages/apps/AppsPage.vue'), meta: { private: true } },
    {
      path: '/me',
      name: 'me',
      component: () => import('./pages/apps/SideMenuPage.vue'),
      meta: { private: true, style: 'personal_centre' },
      redirect: '/me/profile',
      children: [
        { path: 'profile', component: () => import('./pages/profile/ProfilePage.vue'), meta: { twin: '/system/profile' } },
        { path: 'bindings', component: () => import('./pages/bindings/BindingsPage.vue'), meta: { twin: '/system/ca/bindings' } },
        { path: 'applications', component: applications('ApplicationsPage'), meta: { twin: '/system/ca/applications' } },
      ],
    },
    {
      path: '/system',
      name: 'system',
      component: () => import('./pages/apps/SideMenuPage.vue'),
      meta: { private: true, style: 'system_management' },
      redirect: '/system/profile',
      children: [
        { path: 'profile', component: () => import('./pages/profile/ProfilePage.vue'), meta: { twin: '/me/profile' } },
        { path: 'ca/bindings', component: () => import('./pages/bindings/BindingsPage.vue'), meta: { twin: '/me/bindings' } },
        { path: 'ca/applications', component: applications('ApplicationsPage'), meta: { twin: '/me/applications' } },
      ],
    },
    { path: '/notices', component: () => import('./pages/notices/NoticesPage.vue'), meta: { private: true } },
    { path: '/applications/new', component: applications('NewApplicationPage'), meta: { private: true } },
    { path: '/applications/:id', component: applications('ApplicationPage'), meta: { private: true }, props: true },
    { path: '/progress', component: () => import('./pages/progress/ProgressPage.vue') },
    { path: '/operator', redirect: () => homePath.value },
    { path: '/operator/applications', component: office('QueuesPage'), meta: { private: true, operator: true } },
    { path: '/operator/applications/new', component: office('CounterPage'), meta: { private: true, operator: true } },
    { path: '/operator/applications/:id', component: office('OfficeApplicationPage'), meta: { private: true, operator: true }, props: true },
    { path: '/operator/payments', component: office('PaymentsPage'), meta: { private: true, operator: true } },
    { path: '/operator/outbox', component: office('OutboxPage'), meta: { private: true, operator: true } },
    { path: '/operator/packages', component: operator('PackagesPage'), meta: { private: true, operator: true } },
    { path: '/operator/enquiries', component: operator('EnquiriesPage'), meta: { private: true, operator: true } },
    { path: '/documents', component: documents('DocumentsPage'), meta: { private: true } },
    { path: '/documents/:id', component: documents('DocumentPage'), meta: { private: true }, props: true },
    { path: '/documents/:id/report', component: documents('DocumentReportPage'), meta: { private: true }, props: true },
    { path: '/:rest(.*)*', component: () => import('./pages/home/NotFoundPage.vue') },
  ],
})

function toLogin(to: RouteLocationNormalized, expired: boolean) {
  return { path: '/login', query: { next: to.fullPath, ...(expired ? { expired: '1' } : {}) } }
}

// Pages that a first visit has no need of are told to the router when one of them is opened.
let all = false
router.beforeEach(async (to) => {
  if (!all && to.matched[0]?.path === '/:rest(.*)*') {
    all = true
    await import('./routes')
    return to.fullPath
  }
  const style = to.matched.find((record) => record.meta.style)?.meta.style
  if (style && platform.value && platform.value.style !== style && to.meta.twin) return to.meta.twin
  if (!to.matched.some((record) => record.meta.private)) return true
  if (session.value === undefined) await loadSession()
  if (!session.value || secondStep.value) return toLogin(to, false)
  // The server refuses the other kind anyway; here it is spared a page of refusals.
  const wanted = to.matched.some((record) => record.meta.operator)
  return wanted === isOperator.value ? true : homePath.value
})

onSessionEnd(() => {
  // Requests that ran side by side all hear of it; the first one leads to the login.
  if (session.value === null) return
  const here = router.currentRoute.value
  const wasLoggedIn = !!session.value
  session.value = null
  if (here.matched.some((record) => record.meta.private)) void router.replace(toLogin(here, wasLoggedIn))
})

// A new page begins at its heading: a reader that listens hears where it is, and Tab goes on from there.
let first = true
router.afterEach((to, from, failure) => {
  if (failure || to.path === from.path) return
  if (first) {
    first = false
    return
  }
  void nextTick(() => document.getElementById('content')?.focus({ preventScroll: true }))
})
