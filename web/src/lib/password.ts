// The same rule that the server holds (10 to 128 characters, not the account's name), asked while one types.

export type PasswordProblem = 'short' | 'long' | 'account'

export function passwordProblem(password: string, account: string): PasswordProblem | null {
  const length = [...password].length
  if (length < 10) return 'short'
  if (length > 128) return 'long'
  if (account && password.toLowerCase() === account.toLowerCase()) return 'account'
  return null
}
