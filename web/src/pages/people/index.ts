// 账户管理, 部门管理 and 员工管理 as one chunk.

export { default as AccountsPage } from './AccountsPage.vue'
export { default as DepartmentsPage } from './DepartmentsPage.vue'
export { default as EmployeesPage } from './EmployeesPage.vue'
