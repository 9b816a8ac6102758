import { expect, test } from 'vitest'
import { type Linked, LinkedList } from './linked-list.ts'

interface Item extends Linked<Item> {
  readonly name: string
}

const item = (name: string): Item => ({ name, previous: undefined, next: undefined })
const names = (list: LinkedList<Item>) => [...list].map(({ name }) => name)

function listOf(...items: readonly Item[]): LinkedList<Item> {
  const list = new LinkedList<Item>()
  for (const each of items) list.push(each)
  return list
}

test('items leave from the beginning, the middle and the end', () => {
  for (const [leaving, left] of Object.entries({ a: ['b', 'c'], b: ['a', 'c'], c: ['a', 'b'] })) {
    const items = ['a', 'b', 'c'].map(item)
    const list = listOf(...items)
    const gone = items.find(({ name }) => name === leaving)!
    list.remove(gone)
    expect([names(list), list.first?.name]).toEqual([left, left[0]])
    expect([gone.previous, gone.next]).toEqual([undefined, undefined])
    list.push(gone)
    expect(names(list)).toEqual([...left, leaving])
  }
})

test('the last one leaves an empty list', () => {
  const only = item('a')
  const list = listOf(only)
  list.remove(only)
  expect([names(list), list.first]).toEqual([[], undefined])
})

test('the item at hand may leave while others are looked at', () => {
  const list = listOf(...['a', 'b', 'c'].map(item))
  const seen: string[] = []
  for (const each of list) {
    seen.push(each.name)
    list.remove(each)
  }
  expect([seen, list.first]).toEqual([['a', 'b', 'c'], undefined])
})
