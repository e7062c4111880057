/** Does the work when one of the signals comes, and lets it end the process then. Gives the way to stop. */
export function onSignals(signals: readonly NodeJS.Signals[], work: () => Promise<void>): () => void {
  const listeners = signals.map((signal) => {
    const listener = (): void => {
      process.removeListener(signal, listener)
      const end = (): boolean => process.kill(process.pid, signal)
      work().then(end, end)
    }
    process.on(signal, listener)
    return [signal, listener] as const
  })
  return () => {
    for (const [signal, listener] of listeners) process.removeListener(signal, listener)
  }
}
