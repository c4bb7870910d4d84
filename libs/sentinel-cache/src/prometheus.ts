export {
  startPrometheusListener,
  type PrometheusListener,
  type PrometheusListenerOptions,
  type PrometheusRegistry,
} from './metrics/prometheus-listener.js';
