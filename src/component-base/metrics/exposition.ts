// Prometheus text format, written from numbers that are kept elsewhere: on request paths as plain fields.

export type MetricLabels = Readonly<Record<string, string>>

/** Counts of values up to each bound, not cumulated; those of larger values come last. */
interface Buckets {
  readonly bounds: readonly number[]
  readonly counts: Float64Array
  readonly sum: number
}

export class Exposition {
  readonly #lines: string[] = []

  gauge(name: string, help: string, samples: Iterable<readonly [MetricLabels, number]>): void {
    this.#simple(name, help, 'gauge', samples)
  }

  counter(name: string, help: string, samples: Iterable<readonly [MetricLabels, number]>): void {
    this.#simple(name, help, 'counter', samples)
  }

  histogram(name: string, help: string, samples: Iterable<readonly [MetricLabels, Buckets]>): void {
    this.#head(name, help, 'histogram')
    for (const [labels, { bounds, counts, sum }] of samples) {
      let count = 0
      for (const [i, each] of counts.entries()) {
        count += each
        const le = i < bounds.length ? String(bounds[i]) : '+Inf'
        this.#lines.push(`${name}_bucket${text({ ...labels, le })} ${Math.round(count)}`)
      }
      this.#lines.push(`${name}_sum${text(labels)} ${sum}`, `${name}_count${text(labels)} ${Math.round(count)}`)
    }
  }

  toString(): string {
    return this.#lines.length === 0 ? '' : `${this.#lines.join('\n')}\n`
  }

  #simple(name: string, help: string, type: string, samples: Iterable<readonly [MetricLabels, number]>): void {
    this.#head(name, help, type)
    for (const [labels, value] of samples) this.#lines.push(`${name}${text(labels)} ${value}`)
  }

  #head(name: string, help: string, type: string): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
  }
}

function text(labels: MetricLabels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
