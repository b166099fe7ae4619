// The pages of people, organisations, regions and the operators' desk. They stand beside those of router.ts, and are
// told to it when they are wanted: every path there is paid for by the first visit to the login.

import type { RouteRecordRaw } from 'vue-router'
import { router } from './router'

const people = (name: keyof typeof import('./pages/people')) => () => import('./pages/people').then((pages) => pages[name])
const organisation = (name: keyof typeof import('./pages/organisation')) => () => import('./pages/organisation').then((pages) => pages[name])
const seals = (name: keyof typeof import('./pages/seals')) => () => import('./pages/seals').then((pages) => pages[name])
const forced = (name: keyof typeof import('./pages/forced')) => () => import('./pages/forced').then((pages) => pages[name])
const security = (name: keyof typeof import('./pages/security')) => () => import('./pages/security').then((pages) => pages[name])
const tickets = (name: keyof typeof import('./pages/tickets')) => () => import('./pages/tickets').then((pages) => pages[name])
const helpdesk = (name: keyof typeof import('./pages/helpdesk')) => () => import('./pages/helpdesk').then((pages) => pages[name])
const help = (name: keyof typeof import('./pages/help')) => () => import('./pages/help').then((pages) => pages[name])
const desk = (name: keyof typeof import('./pages/desk')) => () => import('./pages/desk').then((pages) => pages[name])

/** Led to the other platform's menu, one thing's page becomes its list. */
const list = (path: string) => path.replace('/:id', '')

/** The same pages under 个人中心 and 系统管理; where the two manuals' paths differ, the second stands in `system`. */
function menuPages(system: boolean): RouteRecordRaw[] {
  const [other, ca, otherCa] = system ? ['/me', 'ca/', ''] : ['/system', '', 'ca/']
  const page = (path: string, component: RouteRecordRaw['component']): RouteRecordRaw => ({ path, component, props: true, meta: { twin: `${other}/${list(path)}` } }) as RouteRecordRaw
  const caPage = (path: string, component: RouteRecordRaw['component']): RouteRecordRaw => ({ path: ca + path, component, props: true, meta: { twin: `${other}/${otherCa}${list(path)}` } }) as RouteRecordRaw
  return [
    page('accounts', people('AccountsPage')),
    page('departments', people('DepartmentsPage')),
    page('employees', people('EmployeesPage')),
    page('organisation', organisation('OrganisationPage')),
    page('organisation/:id', organisation('RequestPage')),
    page('seals', seals('SealsPage')),
    page('security', security('SecurityPage')),
    page('preferences', security('PreferencesPage')),
    caPage('bindings/:id', () => import('./pages/bindings/BindingPage.vue')),
    caPage('forced', forced('ForcedListPage')),
    caPage('forced/:id', forced('ForcedPage')),
  ]
}

for (const page of menuPages(false)) router.addRoute('me', page)
for (const page of menuPages(true)) router.addRoute('system', page)

const operator = (path: string, component: RouteRecordRaw['component']) => router.addRoute({ path: `/operator/${path}`, component, props: true, meta: { private: true, operator: true } } as RouteRecordRaw)
operator('account', security('OperatorAccountPage'))
operator('organisations', desk('OrganisationsPage'))
operator('organisations/:id', desk('OrganisationPage'))
operator('organisation-requests', desk('RequestsPage'))
operator('organisation-requests/:id', desk('RequestReviewPage'))
operator('seal-applications', seals('SealDeskPage'))
operator('bindings', desk('BindingsPage'))
operator('forced-unbindings', desk('ForcedListPage'))
operator('forced-unbindings/:id', desk('ForcedReviewPage'))
operator('regions', desk('RegionsPage'))
operator('operators', desk('OperatorsPage'))

operator('tickets', helpdesk('QueuePage'))
operator('tickets/:id', helpdesk('DeskTicketPage'))
operator('canned-answers', helpdesk('CannedPage'))
operator('statistics', helpdesk('StatisticsPage'))

router.addRoute({ path: '/tickets', component: tickets('TicketsPage') })
router.addRoute({ path: '/tickets/new', component: tickets('NewTicketPage') })
router.addRoute({ path: '/tickets/:id', component: tickets('TicketPage'), props: true })
router.addRoute({ path: '/help', component: help('HelpPage') })
router.addRoute({ path: '/help/cases', component: help('CasesPage') })
router.addRoute({ path: '/recovery', component: security('RecoveryPage') })
router.addRoute({ path: '/invitation', component: security('InvitationPage') })
router.addRoute({ path: '/region', component: () => import('./pages/login/RegionPage.vue'), meta: { private: true } })
