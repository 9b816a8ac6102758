// Metrics under upstream's names, kept as plain numbers: to count is to add to a field, and text is made when somebody asks for it.
//
// A metric has one cell for each set of label values. Whoever counts often keeps its cell (`counter.of('GET')`); the number of cells
// of a metric is bounded, and what does not fit is counted together under `other`: what clients invent must not fill the memory.
import { Exposition, type MetricLabels } from './exposition.ts'

/** More sets of label values than any metric here has by itself. */
const cellsMax = 20_000

export class CounterCell {
  value = 0

  inc(by = 1): void {
    this.value += by
  }
}

export class HistogramCell {
  readonly bounds: readonly number[]
  /** Not cumulated; those above the last bound come last. */
  readonly counts: Float64Array
  sum = 0

  /** @param bounds upper bounds, ascending */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  /** @param weight how often the value was seen */
  observe(value: number, weight = 1): void {
    const { bounds } = this
    let i = 0
    while (i < bounds.length && value > bounds[i]!) i++
    this.counts[i]! += weight
    this.sum += value * weight
  }
}

/** The cells of one metric, by their label values. */
export class Family<Cell> {
  readonly #names: readonly string[]
  readonly #make: () => Cell
  readonly #cells = new Map<string, { readonly labels: MetricLabels; readonly cell: Cell }>()

  constructor(names: readonly string[], make: () => Cell) {
    this.#names = names
    this.#make = make
    if (names.length === 0) this.of()
  }

  /** @param values of the labels, in the order in which they were named */
  of(...values: readonly string[]): Cell {
    const key = values.join('\0')
    const found = this.#cells.get(key)
    if (found) return found.cell
    if (this.#cells.size >= cellsMax && values.some((value) => value !== 'other')) return this.of(...values.map(() => 'other'))
    const cell = this.#make()
    this.#cells.set(key, { labels: Object.fromEntries(this.#names.map((name, i) => [name, values[i] ?? ''])), cell })
    return cell
  }

  /** What was counted is forgotten: it will not be shown any more. */
  delete(...values: readonly string[]): void {
    this.#cells.delete(values.join('\0'))
  }

  *[Symbol.iterator](): Generator<readonly [MetricLabels, Cell]> {
    for (const { labels, cell } of this.#cells.values()) yield [labels, cell]
  }
}

export type Counter = Family<CounterCell>
export type Gauge = Family<CounterCell>
export type Histogram = Family<HistogramCell>

type Samples = Iterable<readonly [MetricLabels, number]>

export class MetricsRegistry {
  readonly #write: ((out: Exposition) => void)[] = []

  counter(name: string, help: string, labels: readonly string[] = []): Counter {
    const family = new Family(labels, () => new CounterCell())
    this.#write.push((out) => out.counter(name, help, values(family)))
    return family
  }

  gauge(name: string, help: string, labels: readonly string[] = []): Gauge {
    const family = new Family(labels, () => new CounterCell())
    this.#write.push((out) => out.gauge(name, help, values(family)))
    return family
  }

  /** A gauge whose numbers are kept elsewhere. */
  gaugeFrom(name: string, help: string, samples: () => Samples): void {
    this.#write.push((out) => out.gauge(name, help, samples()))
  }

  histogram(name: string, help: string, bounds: readonly number[], labels: readonly string[] = []): Histogram {
    const family = new Family(labels, () => new HistogramCell(bounds))
    this.#write.push((out) => out.histogram(name, help, family))
    return family
  }

  /** Text exposition format. */
  text(): string {
    const out = new Exposition()
    for (const write of this.#write) write(out)
    return out.toString()
  }
}

function* values(family: Family<CounterCell>): Generator<readonly [MetricLabels, number]> {
  for (const [labels, { value }] of family) yield [labels, value]
}

/** `exponentialBuckets(1, 2, 4)`: 1, 2, 4, 8. */
export const exponentialBuckets = (start: number, factor: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => Number((start * factor ** i).toPrecision(12)))
