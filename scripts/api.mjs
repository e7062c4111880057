// One report of the public types per entry of each package: packages/<package>/etc/<entry>.api.md. Made from the built
// declarations. With --check nothing is written, and a report that is not up to date is an error.
import { mkdirSync } from 'node:fs'
import { Extractor, ExtractorConfig, ExtractorLogLevel, ExtractorMessageCategory } from '@microsoft/api-extractor'
import { root, say } from './lib/shell.mjs'
import { manifest, published } from './lib/workspace.mjs'

const check = process.argv.includes('--check')

/** @param {string} folder @param {string} entry */
function report(folder, entry) {
  const silent = { logLevel: ExtractorLogLevel.None, addToApiReportFile: false }
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: `${root}${folder}/package.json`,
    configObject: {
      newlineKind: 'lf',
      projectFolder: `${root}${folder}`,
      mainEntryPointFilePath: `<projectFolder>/dist/${entry}.d.ts`,
      compiler: { overrideTsconfig: { extends: `${root}tsconfig.base.json`, compilerOptions: { paths: {} } } },
      apiReport: {
        enabled: true,
        reportFileName: entry,
        reportFolder: '<projectFolder>/etc/',
        reportTempFolder: '<projectFolder>/node_modules/.cache/api/',
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Error, addToApiReportFile: false },
          'ae-missing-release-tag': silent,
          'ae-undocumented': silent,
          // What a side entry speaks of is exported by the main one.
          ...(entry === 'index' ? {} : { 'ae-forgotten-export': silent }),
        },
        tsdocMessageReporting: { default: silent },
      },
    },
  })
  /** @type {string[]} */
  const errors = []
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: !check,
    messageCallback: (message) => {
      const { category, logLevel, text } = message
      if (logLevel === ExtractorLogLevel.Error && category !== ExtractorMessageCategory.Console) errors.push(text)
      message.handled = true
    },
  })
  for (const text of errors) say(`${folder} ${entry}: ${text}`)
  if (check && apiReportChanged) say(`${folder}/etc/${entry}.api.md is not what the built types say: run \`pnpm api\``)
  return errors.length === 0 && !(check && apiReportChanged)
}

for (const folder of published()) {
  mkdirSync(`${root}${folder}/etc`, { recursive: true })
  for (const path of Object.keys(manifest(folder).exports ?? {})) {
    if (path.endsWith('.json')) continue
    const entry = path === '.' ? 'index' : path.slice(2)
    if (!report(folder, entry)) process.exitCode = 1
  }
}
