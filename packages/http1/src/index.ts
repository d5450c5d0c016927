export { createHttpServer, type HttpEngineName } from './choose-engine.ts';
export { http1Reasons } from './errors.ts';
export type {
  AnswerHead,
  AnswerWatcher,
  HttpAnswer,
  HttpFault,
  HttpHeaders,
  HttpRequest,
  HttpServer,
  HttpServerEvents,
  HttpServerOptions,
  Refusal,
} from './http-server.ts';
