export {
  startOpenTelemetryListener,
  type OpenTelemetryListener,
  type OpenTelemetryListenerOptions,
} from './metrics/opentelemetry-listener.js';
