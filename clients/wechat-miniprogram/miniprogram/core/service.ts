import { address, send } from "./http";
import { ask, fetchOwn, forget } from "./session";

export type Kind = "tryon" | "anime";
export type Status = "queued" | "running" | "succeeded" | "failed" | "canceled" | "expired";

export interface Job {
  id: string;
  kind: Kind;
  status: Status;
  stage: string | null;
  progress: number;
  queue_position: number | null;
  created_at: string;
  expires_at: string;
  warnings: string[];
  result: { url: string; width: number; height: number } | null;
  error: { name: string; message: string; hint: string } | null;
}

export interface Preset {
  id: string;
  category: string;
  title: string;
  credit: string;
  licence: string;
  url: string;
}

export interface Style {
  name: string;
  title: string;
  available: boolean;
  licence: string;
}

export interface Me {
  id: string;
  nickname: string | null;
  guest: boolean;
  identities: string[];
}

/** What the operator wants agreed to; `version` is null where that is nothing. */
export interface Terms {
  version: string | null;
  url: string | null;
}

export interface History {
  jobs: Job[];
  next: string | null;
}

const OVER: readonly Status[] = ["succeeded", "failed", "canceled", "expired"];

export function isOver(job: Job): boolean {
  return OVER.includes(job.status);
}

async function presets(path: string): Promise<Preset[]> {
  const { items } = await send<{ items: Preset[] }>("GET", path);
  return items.map((one) => ({ ...one, url: address(one.url) }));
}

/** Whose the picture is, and under which licence. */
export function creditOf(preset: Preset): string {
  return [preset.title, preset.credit, preset.licence].filter(Boolean).join(" · ");
}

export const persons = (): Promise<Preset[]> => presets("/v1/gallery/persons");
export const garments = (): Promise<Preset[]> => presets("/v1/gallery/garments");

export async function styles(): Promise<Style[]> {
  const found = await send<{ styles: Style[] }>("GET", "/v1/styles");
  return found.styles.filter((one) => one.available);
}

/** Begin a job. The key makes it safe to ask again when the answer got lost: it stays one job. */
export function submit(kind: Kind, fields: object, key: string): Promise<Job> {
  return ask<Job>("POST", `/v1/${kind}`, { data: fields, headers: { "Idempotency-Key": key } });
}

export const job = (id: string): Promise<Job> => ask<Job>("GET", `/v1/jobs/${id}`);
export const cancel = (id: string): Promise<Job> => ask<Job>("POST", `/v1/jobs/${id}/cancel`);
export const erase = (id: string): Promise<void> => ask<void>("DELETE", `/v1/jobs/${id}`);
export const me = (): Promise<Me> => ask<Me>("GET", "/v1/me");

export const terms = (): Promise<Terms> => send<Terms>("GET", "/v1/terms");

export function agree(version: string): Promise<void> {
  return ask<void>("POST", "/v1/me/consents", { data: { version } });
}

export function rename(nickname: string): Promise<Me> {
  return ask<Me>("PATCH", "/v1/me", { data: { nickname: nickname || null } });
}

/** The resend route: as often as needed, until the picture expires. */
export const picture = (id: string): Promise<string> => fetchOwn(`/v1/jobs/${id}/result?format=jpeg`);

export function history(before: string | null, limit = 20): Promise<History> {
  const page = before ? `&before=${before}` : "";
  return ask<History>("GET", `/v1/jobs?limit=${limit}${page}`);
}

/** All that is mine, at the service and here. */
export async function eraseMe(): Promise<void> {
  await ask<void>("DELETE", "/v1/me");
  forget();
}
