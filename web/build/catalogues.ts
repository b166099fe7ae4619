// Where a text that a person reads stands outside the catalogues. Every component keeps its texts in both languages in
// one `useTexts` call, or as `{ zh, en }`; this finds what is written elsewhere: in templates, and Chinese in scripts.

import { parse, type SFCTemplateBlock } from '@vue/compiler-sfc'
import ts from 'typescript'

export interface Stray { line: number; text: string; why: string }

/** Chinese characters and punctuation of full width. The ideographic space indents and is no text. */
const CHINESE = /[\u2e80-\u2fff\u3001-\u9fff\uf900-\ufaff\uff01-\uff60]/
/** Two letters in a row are a word; a lone one is a mark (`A+`). */
const WORD = /[A-Za-zÀ-ÿ]{2,}/
/** Attributes that are read out or shown. */
const SHOWN = new Set(['alt', 'aria-label', 'aria-description', 'aria-placeholder', 'aria-roledescription', 'aria-valuetext', 'content', 'description', 'hint', 'label', 'lead', 'placeholder', 'text', 'title'])

interface Node { type: number; content?: unknown; props?: Node[]; children?: Node[]; branches?: Node[]; name?: string; value?: { content: string }; exp?: { content: string; loc: Loc }; arg?: { content: string }; loc: Loc }
interface Loc { start: { line: number } }

/** Literals in an expression of a template that are words: Chinese, or what only makes sense as a sentence. */
function inExpression(source: string, line: number, shown: boolean): Stray[] {
  const file = ts.createSourceFile('expression.ts', `(${source})`, ts.ScriptTarget.Latest, true)
  const found: Stray[] = []
  const visit = (node: ts.Node) => {
    const text = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node) ? node.text : null
    if (text !== null && (CHINESE.test(text) || (shown && WORD.test(text) && !isName(node)))) found.push({ line, text, why: 'a literal in a template' })
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** A literal that names something: a key (`t['x']`), what is compared (`state === 'x'`), an argument (`has('x')`). */
function isName(node: ts.Node): boolean {
  const parent = node.parent
  if (ts.isElementAccessExpression(parent) || ts.isCallExpression(parent) || ts.isLiteralTypeNode(parent)) return true
  if (ts.isBinaryExpression(parent)) return [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken].includes(parent.operatorToken.kind)
  return ts.isPropertyAssignment(parent) || ts.isArrayLiteralExpression(parent)
}

function inTemplate(template: SFCTemplateBlock): Stray[] {
  const found: Stray[] = []
  const visit = (node: Node) => {
    const line = node.loc.start.line
    if (node.type === 2 && (CHINESE.test(String(node.content)) || WORD.test(String(node.content)))) found.push({ line, text: String(node.content).trim(), why: 'text in a template' })
    if (node.type === 5) found.push(...inExpression((node.content as { content: string }).content, line, true))
    for (const prop of node.props ?? []) {
      if (prop.type === 6 && prop.value && (CHINESE.test(prop.value.content) || (SHOWN.has(prop.name ?? '') && WORD.test(prop.value.content)))) {
        found.push({ line: prop.loc.start.line, text: `${prop.name}="${prop.value.content}"`, why: 'an attribute in a template' })
      }
      // `v-for` and `v-slot` are no expressions by themselves; what they hold is looked at where it is used.
      if (prop.type === 7 && prop.exp && prop.name !== 'for' && prop.name !== 'slot') {
        const name = prop.arg?.content ?? ''
        const source = prop.name === 'on' ? `() => { ${prop.exp.content} }` : prop.exp.content
        found.push(...inExpression(source, prop.loc.start.line, prop.name === 'bind' && SHOWN.has(name)))
      }
    }
    for (const child of node.children ?? []) visit(child)
  }
  if (template.ast) visit(template.ast as unknown as Node)
  return found
}

/** Chinese in a script stands within `useTexts(zh, en)`, or beside its translation in an object with `zh` and `en`. */
export function inScript(source: string, firstLine = 1): Stray[] {
  const file = ts.createSourceFile('script.ts', source, ts.ScriptTarget.Latest, true)
  const found: Stray[] = []
  const visit = (node: ts.Node, translated: boolean) => {
    const line = firstLine + file.getLineAndCharacterOfPosition(node.getStart(file)).line
    if (ts.isCallExpression(node) && node.expression.getText(file) === 'useTexts') {
      const [zh, en] = node.arguments
      if (!zh || !en) found.push({ line, text: node.getText(file).slice(0, 60), why: 'a catalogue without its translation' })
      else found.push(...untranslated(en, file, firstLine))
      return
    }
    // The agent's window keeps one catalogue a folder: `const zh`, and `const en` with the same keys.
    if (ts.isVariableDeclaration(node) && node.name.getText(file) === 'en' && node.initializer) found.push(...untranslated(node.initializer, file, firstLine))
    if (ts.isVariableDeclaration(node) && node.name.getText(file) === 'zh' && /^(export )?const en\b/m.test(source)) translated = true
    if (ts.isObjectLiteralExpression(node)) {
      const names = new Set(node.properties.map((p) => (p.name && (ts.isIdentifier(p.name) || ts.isStringLiteral(p.name)) ? p.name.text : '')))
      if (names.has('zh') && names.has('en')) translated = true
    }
    const text = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node) ? node.text : null
    if (text !== null && !translated && CHINESE.test(text)) found.push({ line, text, why: 'Chinese outside a catalogue' })
    ts.forEachChild(node, (child) => visit(child, translated))
  }
  visit(file, false)
  return found
}

/** Chinese in the English half is a text that nobody translated; the name of the language itself is not. */
function untranslated(en: ts.Node, file: ts.SourceFile, firstLine: number): Stray[] {
  const found: Stray[] = []
  const visit = (node: ts.Node) => {
    const text = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node) ? node.text : null
    if (text !== null && CHINESE.test(text) && text !== '中文' && text !== '公e采') found.push({ line: firstLine + file.getLineAndCharacterOfPosition(node.getStart(file)).line, text, why: 'Chinese in the English catalogue' })
    ts.forEachChild(node, visit)
  }
  visit(en)
  return found
}

/** All of a component's or module's texts that stand outside the catalogues. */
export function strays(name: string, source: string): Stray[] {
  if (!name.endsWith('.vue')) return inScript(source)
  const { descriptor } = parse(source, { filename: name, sourceMap: false })
  const script = descriptor.scriptSetup ?? descriptor.script
  return [...(script ? inScript(script.content, script.loc.start.line) : []), ...(descriptor.template ? inTemplate(descriptor.template) : [])]
}
