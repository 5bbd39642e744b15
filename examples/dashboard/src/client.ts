// Sends typed documents. The result has the type of what the document selects.
import type { TypedDocumentString } from './gql/graphql.js';

export type Api = { url: string; token: string };

// ApiError is an error at the top of an answer: the document, token, quota or server is
// at fault. What the user can fix is in a payload's errors, which have types.
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly requestId: string | undefined,
    // Of a mutation: NONE nothing was done, COMMITTED all was done and only a part of
    // the answer is missing, UNKNOWN either. Then send the same again, with its key.
    readonly outcome: string | undefined,
  ) {
    super(`${code}: ${message} (request ${requestId ?? 'unknown'})`);
  }
}

type Answer<Result> = {
  data?: Result | null;
  errors?: { message: string; extensions?: { code?: string; requestId?: string; outcome?: string } }[];
};

export async function execute<Result, Variables>(
  api: Api,
  document: TypedDocumentString<Result, Variables>,
  ...[variables]: Variables extends Record<string, never> ? [] : [Variables]
): Promise<Result> {
  const response = await fetch(api.url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/graphql-response+json, application/json;q=0.9',
      Authorization: `Bearer ${api.token}`,
    },
    body: JSON.stringify({ query: document.toString(), variables }),
  });
  const answer = (await response.json()) as Answer<Result>;
  const [error] = answer.errors ?? [];
  if (error || !answer.data) {
    const { code, requestId, outcome } = error?.extensions ?? {};
    throw new ApiError(error?.message ?? `HTTP ${response.status}`, code ?? 'UNKNOWN', requestId, outcome);
  }
  return answer.data;
}
