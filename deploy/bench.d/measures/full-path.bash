# From the post to the outbox, sustained.
figure full_path "full path" /s 0 \
    "an event posted by 64 clients as fast as they can, until the intake queue is empty; each has its outcome \`done\` and its \
card an outbox row; events by the time from the first post to the empty queue"
figure memory_idle "resident memory, idle" MiB 1 "VmRSS of the gateway, all roles, some seconds after its start"
figure memory_full_path "resident memory, full path" MiB 1 "VmHWM, the highest VmRSS, during the full path"
ratio full_path tpcb_32 1.5 2.2
ratio full_path attach_32 1.2
limit memory_idle 80 40
limit memory_full_path 200 120

measure_full_path() {
    fresh_gateway "$all_roles"
    sleep 3
    note memory_idle "$(memory VmRSS)"
    warm_up events "$event_size"
    resolve full_path events "$event_size" "$warm" "$events"
    note memory_full_path "$(memory VmHWM)"
    stop_gateway
}
