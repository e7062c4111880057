import { type Awaitable, type Found, isPromise, type Page, type Store, type StreamVerbs } from '@cachette/core'
import { code } from './format.js'
import type { Text, TrialRecord } from './record.js'

/** The store as it is, with every call written down. Ready answers stay ready. */
export function recorded(store: Store<unknown>, name: string, record: TrialRecord): Store<unknown> {
  return {
    name: store.name,
    contract: store.contract,
    traits: store.traits,
    read: (keys, call) =>
      follow(
        record,
        record.begin(() => `${name}.read([${keys.map(code).join(', ')}], ${record.call(call)})`),
        () => store.read(keys, call),
        (found) => (names) =>
          Array.isArray(found)
            ? `[${found.map((one: Found<unknown> | undefined) => record.found(one, names)).join(', ')}]`
            : code(found),
      ),
    write: (changes, call) =>
      follow(
        record,
        record.begin((names) => `${name}.write(${record.changes(changes, names)}, ${record.call(call)})`, changes),
        () => store.write(changes, call),
        (answers) => () => code(answers),
      ),
    scan: (prefix, call) => recordedScan(store, name, record, prefix, call),
    clear: (prefix, call) =>
      follow(
        record,
        record.begin(() => `${name}.clear(${code(prefix)}, ${record.call(call)})`),
        () => store.clear(prefix, call),
        () => () => '',
      ),
    close: () =>
      follow(
        record,
        record.begin(() => `${name}.close()`),
        () => store.close(),
        () => () => '',
      ),
    ...(store.streams !== undefined && { streams: recordedStreams(store.streams, name, record) }),
  }
}

/** Writes down how a call that has begun ends. */
function follow<T>(
  record: TrialRecord,
  call: number,
  run: () => Awaitable<T>,
  answer: (value: T) => Text,
): Awaitable<T> {
  const settled = (value: T): T => {
    record.end(call, answer(value))
    return value
  }
  const failed = (error: unknown): never => {
    record.failed(call, error)
    throw error
  }
  let result: Awaitable<T>
  try {
    result = run()
  } catch (error) {
    return failed(error)
  }
  return isPromise(result) ? result.then(settled, failed) : settled(result)
}

function recordedScan(
  store: Store<unknown>,
  name: string,
  record: TrialRecord,
  ...args: Parameters<Store['scan']>
): AsyncIterable<Page<unknown>> {
  const [prefix, call] = args
  const text = `${name}.scan(${code(prefix)}, ${record.call(call)})`
  const source = store.scan(prefix, call)
  return {
    [Symbol.asyncIterator]: () => {
      const pages = source[Symbol.asyncIterator]()
      const begun = record.begin(() => `collect(${text})`)
      const keys: string[] = []
      const end = (left: string): void => record.end(begun, () => `${record.keys(keys)}${left}`)
      return {
        next: async () => {
          try {
            const next = await pages.next()
            if (next.done === true) end('')
            else for (const [key] of next.value) keys.push(key)
            return next
          } catch (error) {
            record.failed(begun, error)
            throw error
          }
        },
        ...(pages.return !== undefined && {
          return: async () => {
            end(', then left')
            return (await pages.return?.()) ?? { done: true, value: undefined }
          },
        }),
      }
    },
  }
}

function recordedStreams(streams: StreamVerbs, name: string, record: TrialRecord): StreamVerbs {
  return {
    read: (key, call) =>
      follow(
        record,
        record.begin(() => `${name}.streams.read(${code(key)}, ${record.call(call)})`),
        () => streams.read(key, call),
        (found) => () => (found === undefined ? 'undefined' : 'a stream'),
      ),
    write: (change, body, call) =>
      follow(
        record,
        record.begin(() => `${name}.streams.write({ key: ${code(change.key)}, … }, body, ${record.call(call)})`),
        () => streams.write(change, body, call),
        (done) => () => String(done),
      ),
  }
}
