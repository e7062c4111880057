import type { Report } from './results.js'

const GREEN = '#2e7d32'
const AMBER = '#b26a00'
const RED = '#c62828'
const GREY = '#424242'

/** Of the badge's font, at its size; good enough for a text that says how wide it is meant to be. */
const CHARACTER_WIDTH = 6.6
const PADDING = 8
const HEIGHT = 20

/** An image for a README: how many laws hold of those that apply. */
export function badgeOf(report: Report): string {
  const count = (status: string): number => report.laws.filter((law) => law.status === status).length
  const kept = count('passed')
  const applicable = report.laws.length - count('notApplicable')
  const colour = !report.passed ? RED : kept < applicable ? AMBER : GREEN
  return badge('cachette', `${kept} of ${applicable} laws`, colour)
}

function badge(label: string, text: string, colour: string): string {
  const left = widthOf(label)
  const right = widthOf(text)
  const at = (middle: number, words: string): string =>
    `<text x="${middle}" y="14" textLength="${(words.length * CHARACTER_WIDTH).toFixed(1)}">${words}</text>`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="${HEIGHT}" role="img" aria-label="${label}: ${text}">`,
    `<title>${label}: ${text}</title>`,
    `<clipPath id="round"><rect width="${left + right}" height="${HEIGHT}" rx="3"/></clipPath>`,
    '<g clip-path="url(#round)">',
    `<rect width="${left}" height="${HEIGHT}" fill="${GREY}"/>`,
    `<rect x="${left}" width="${right}" height="${HEIGHT}" fill="${colour}"/>`,
    '</g>',
    '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">',
    at(left / 2, label),
    at(left + right / 2, text),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function widthOf(text: string): number {
  return Math.round(text.length * CHARACTER_WIDTH) + 2 * PADDING
}
