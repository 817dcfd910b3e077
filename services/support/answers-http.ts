/** For one try; between tries it is seen whether the process still runs. */
const ANSWER_LIMIT_MS = 1_000;

/** Whether a server answers a request for this address with success. */
export async function answersHttp(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
