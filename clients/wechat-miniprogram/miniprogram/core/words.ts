import { Failure } from "./failure";
import { english } from "./words.en";
import { korean } from "./words.ko";
import { chinese } from "./words.zh";

export type Words = Record<keyof typeof english, string>;

const LANGUAGES: Record<string, Words> = { en: english, ko: korean, zh: chinese };

/** The words of the phone's language; Chinese where we do not speak it, as most users do. */
export function words(): Words {
  const language = wx.getAppBaseInfo().language ?? "zh_CN";
  return LANGUAGES[language.slice(0, 2)] ?? chinese;
}

/** What to tell of a failure: our own words where there are some, otherwise the service's. */
export function explain(failure: Failure): string {
  const known = words() as Record<string, string>;
  return known[`error_${failure.name}`] ?? [failure.message, failure.hint].filter(Boolean).join(" ");
}

/** What is being done with the job, in words. */
export function stageOf(stage: string | null): string {
  const known = words() as Record<string, string>;
  return (stage && known[`stage_${stage}`]) || words().working;
}
