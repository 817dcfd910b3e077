/** An element with its attributes and what is in it. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Says something else only where it is something else: a screen reader reads out every change of a live text. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** The element of the page that has this id. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no element ${id}.`);
  return element;
}

/** A part of the page that shows a value. */
export interface Part<T> {
  readonly element: Element;
  show(value: T): void;
}

/** Shows a list: parts that stay in it stay in the page, with their focus and what is open in them. */
export class List<T> {
  readonly #container: Element;
  readonly #keyOf: (value: T) => string;
  readonly #create: (value: T) => Part<T>;
  #parts = new Map<string, Part<T>>();

  constructor(container: Element, keyOf: (value: T) => string, create: (value: T) => Part<T>) {
    this.#container = container;
    this.#keyOf = keyOf;
    this.#create = create;
  }

  show(values: readonly T[]): void {
    const parts = new Map<string, Part<T>>();
    for (const value of values) {
      const key = this.#keyOf(value);
      const part = this.#parts.get(key) ?? this.#create(value);
      part.show(value);
      parts.set(key, part);
    }
    for (const [key, { element }] of this.#parts) if (!parts.has(key)) element.remove();
    this.#parts = parts;
    let index = 0;
    for (const { element } of parts.values()) {
      const there = this.#container.children[index++];
      if (there !== element) this.#container.insertBefore(element, there ?? null);
    }
  }
}

/** A column of a table. */
export interface Column {
  readonly text: string;
  /** `number` is at the right; what is `extra` is left out where there is little room. */
  readonly classes?: string;
}

/** A table with a head. Wide ones are scrolled by themselves, not with the page. */
export function table(
  name: string,
  columns: readonly Column[],
): { readonly element: HTMLElement; readonly body: HTMLElement } {
  const body = el('tbody');
  const head = el(
    'tr',
    {},
    ...columns.map(({ text, classes = '' }) => el('th', { scope: 'col', class: classes }, text)),
  );
  const element = el(
    'div',
    { class: 'scroll', role: 'group', 'aria-label': name, tabindex: '0' },
    el('table', {}, el('thead', {}, head), body),
  );
  return { element, body };
}

let sections = 0;

/** A part of the page with its title. */
export function section(title: string, ...children: readonly Element[]): HTMLElement {
  const id = `section-${sections++}`;
  return el('section', { 'aria-labelledby': id }, el('h3', { id }, title), ...children);
}
