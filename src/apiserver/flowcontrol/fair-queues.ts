// The queues of one priority level: which one takes a request, and whose turn it is. See queue-set.ts for the world they are fair in.
import { FairQueue, type FlowRequest } from './fair-queue.ts'

export class FairQueues {
  #queues: FairQueue[] = []
  /** Where the last request came from: the search for the next begins behind it. */
  #robin = 0
  #enqueues = 0

  get all(): readonly FairQueue[] {
    return this.#queues
  }

  /** Makes them `count` at least. */
  grow(count: number): void {
    while (this.#queues.length < count) this.#queues.push(new FairQueue(this.#queues.length))
  }

  /** Takes one that is empty away when there are more than `wanted`. */
  dropIfSurplus(queue: FairQueue, wanted: number): void {
    if (this.#queues.length <= wanted || this.#queues[queue.index] !== queue) return
    this.#queues.splice(queue.index, 1)
    for (let i = queue.index; i < this.#queues.length; i++) this.#queues[i]!.index = i
    if (this.#robin >= queue.index) this.#robin = Math.max(0, this.#robin - 1)
  }

  /** The queue of the request's hand that has the least work waiting. */
  forRequest({ flow: { hand } }: FlowRequest): FairQueue {
    const offset = this.#enqueues++ % hand.length
    let best: FairQueue | undefined
    for (let i = 0; i < hand.length; i++) {
      const queue = this.#queues[hand[(offset + i) % hand.length]!]!
      if (queue.workSum === 0) return queue
      if (!best || queue.workSum < best.workSum) best = queue
    }
    return best!
  }

  /** A request of this queue goes ahead. */
  served({ index }: FairQueue): void {
    this.#robin = index
  }

  /** The oldest request of the queue that would be done first in the fair world. */
  next(): FlowRequest | undefined {
    const { length } = this.#queues
    let earliest = Infinity
    let chosen: FlowRequest | undefined
    for (let i = 1; i <= length; i++) {
      const queue = this.#queues[(this.#robin + i) % length]!
      const { oldest } = queue
      if (!oldest) continue
      const finish = queue.nextDispatchR + oldest.work
      if (finish < earliest) {
        earliest = finish
        chosen = oldest
      }
    }
    return chosen
  }
}
