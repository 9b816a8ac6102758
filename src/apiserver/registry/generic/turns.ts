// Large objects go through a write in steps, with a turn of the event loop between two of them.
import { nextTurn } from '../../../util/turns.ts'

/** Lets others have their turn. */
export type Turn = () => Promise<unknown>

/** All steps of a smaller object together take a few milliseconds. */
const stepsBytesMin = 64 * 1024

/** @param bytes of the larger of body and stored object @returns undefined when the object is small */
export const turnFor = (bytes: number): Turn | undefined => (bytes > stepsBytesMin ? () => nextTurn() : undefined)
