// Stable and beta metrics of Kubernetes 1.36. Source: test/instrumentation/testdata/stable-metrics-list.yaml.

interface Metric {
  readonly name: string
  readonly labels: readonly string[]
  /** Where it is shown here; undefined: nowhere. */
  readonly of?: 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler'
  /** Why it is not, or not here. */
  readonly why?: string
}

const fromNames = (of: Metric['of'], metrics: Readonly<Record<string, string>>): readonly Metric[] =>
  Object.entries(metrics).map(([name, labels]) => ({ name, labels: labels.split(' ').filter(Boolean), ...(of ? { of } : {}) }))
const absent = (why: string, ...names: readonly string[]): readonly Metric[] => names.map((name) => ({ name, labels: [], why }))

export const upstreamMetrics: readonly Metric[] = [
  ...fromNames('kube-apiserver', {
    apiserver_admission_controller_admission_duration_seconds: 'name operation rejected type',
    apiserver_admission_step_admission_duration_seconds: 'operation rejected type',
    apiserver_admission_webhook_admission_duration_seconds: 'name operation rejected type',
    apiserver_cel_compilation_duration_seconds: '',
    apiserver_cel_evaluation_duration_seconds: '',
    apiserver_current_inflight_requests: 'request_kind',
    apiserver_flowcontrol_current_executing_requests: 'flow_schema priority_level',
    apiserver_flowcontrol_current_executing_seats: 'flow_schema priority_level',
    apiserver_flowcontrol_current_inqueue_requests: 'flow_schema priority_level',
    apiserver_flowcontrol_dispatched_requests_total: 'flow_schema priority_level',
    apiserver_flowcontrol_nominal_limit_seats: 'priority_level',
    apiserver_flowcontrol_rejected_requests_total: 'flow_schema priority_level reason',
    apiserver_flowcontrol_request_wait_duration_seconds: 'execute flow_schema priority_level',
    apiserver_longrunning_requests: 'component group resource scope subresource verb version',
    apiserver_request_duration_seconds: 'component dry_run group resource scope subresource verb version',
    apiserver_request_total: 'code component dry_run group resource scope subresource verb version',
    apiserver_requested_deprecated_apis: 'group removed_release resource subresource version',
    apiserver_response_sizes: 'component group resource scope subresource verb version',
    apiserver_storage_objects: 'resource',
    apiserver_storage_size_bytes: 'storage_cluster_id',
    apiserver_validating_admission_policy_check_duration_seconds: 'enforcement_action error_type policy policy_binding',
    apiserver_validating_admission_policy_check_total: 'enforcement_action error_type policy policy_binding',
    kubernetes_feature_enabled: 'name stage',
    kubernetes_healthcheck: 'name type',
    kubernetes_healthchecks_total: 'name status type',
  }),
  ...fromNames('kube-scheduler', {
    scheduler_framework_extension_point_duration_seconds: 'extension_point profile status',
    scheduler_pending_pods: 'queue',
    scheduler_pod_scheduling_attempts: '',
    scheduler_pod_scheduling_sli_duration_seconds: 'attempts',
    scheduler_preemption_attempts_total: '',
    scheduler_preemption_victims: '',
    scheduler_queue_incoming_pods_total: 'event queue',
    scheduler_schedule_attempts_total: 'profile result',
    scheduler_scheduling_attempt_duration_seconds: 'profile result',
  }),
  ...fromNames('kube-controller-manager', {
    cronjob_controller_job_creation_skew_duration_seconds: '',
    job_controller_job_pods_finished_total: 'completion_mode result',
    job_controller_job_sync_duration_seconds: 'action completion_mode result',
    job_controller_job_syncs_total: 'action completion_mode result',
    job_controller_jobs_finished_total: 'completion_mode reason result',
    node_collector_evictions_total: 'zone',
  }),
  ...absent(
    'shown with --authentication-config and --authorization-config',
    'apiserver_authentication_config_controller_automatic_reload_last_timestamp_seconds',
    'apiserver_authentication_config_controller_automatic_reloads_total',
    'apiserver_authorization_config_controller_automatic_reload_last_timestamp_seconds',
    'apiserver_authorization_config_controller_automatic_reloads_total',
  ),
  ...absent(
    'shown by the kubelet at /metrics/resource',
    'container_cpu_usage_seconds_total',
    'container_memory_working_set_bytes',
    'container_start_time_seconds',
    'node_cpu_usage_seconds_total',
    'node_memory_working_set_bytes',
    'pod_cpu_usage_seconds_total',
    'pod_memory_working_set_bytes',
    'resource_scrape_error',
  ),
  ...absent('shown by the kubelet at /metrics', 'prober_probe_total'),
  ...absent(
    'not counted yet',
    'kube_pod_resource_limit',
    'kube_pod_resource_request',
    'statefulset_controller_statefulset_max_unavailable',
    'statefulset_controller_statefulset_unavailable_replicas',
  ),
  ...absent(
    'objects are validated in one way',
    'apiserver_validation_declarative_validation_mismatch_total',
    'apiserver_validation_declarative_validation_panic_total',
  ),
  ...absent('every metric is shown', 'disabled_metrics_total', 'hidden_metrics_total', 'registered_metrics_total'),
]

/** Metrics that upstream calls alpha, and which are shown beside those. */
export const alphaMetrics: Readonly<Record<'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler', readonly string[]>> = {
  'kube-apiserver': [
    'apiserver_admission_webhook_fail_open_count',
    'apiserver_admission_webhook_rejection_count',
    'apiserver_admission_webhook_request_total',
    'apiserver_mutating_admission_policy_check_duration_seconds',
    'apiserver_mutating_admission_policy_check_total',
    'apiserver_resource_objects',
    'apiserver_watch_events_sizes',
    'apiserver_watch_events_total',
    'authenticated_user_requests',
    'authentication_attempts',
    'authentication_duration_seconds',
    'authentication_token_cache_active_fetch_count',
    'authentication_token_cache_fetch_total',
    'authentication_token_cache_request_duration_seconds',
    'authentication_token_cache_request_total',
    'authorization_attempts_total',
    'authorization_duration_seconds',
    'kubernetes_build_info',
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'process_start_time_seconds',
  ],
  'kube-controller-manager': [
    'leader_election_master_status',
    'rest_client_request_duration_seconds',
    'rest_client_requests_total',
    'workqueue_adds_total',
    'workqueue_depth',
    'workqueue_longest_running_processor_seconds',
    'workqueue_queue_duration_seconds',
    'workqueue_retries_total',
    'workqueue_unfinished_work_seconds',
    'workqueue_work_duration_seconds',
  ],
  'kube-scheduler': ['leader_election_master_status', 'rest_client_requests_total'],
}
