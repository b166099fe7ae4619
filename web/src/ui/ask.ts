// A question before a deed that can't be taken back: what happens, in a sentence, and two buttons.

import { ElMessageBox } from 'element-plus'

export interface Question { title: string; text: string; yes: string; no: string; danger?: boolean }

export async function sure({ title, text, yes, no, danger }: Question): Promise<boolean> {
  return ElMessageBox.confirm(text, title, { confirmButtonText: yes, cancelButtonText: no, confirmButtonType: danger ? 'danger' : 'primary', autofocus: false }).then(
    () => true,
    () => false,
  )
}
