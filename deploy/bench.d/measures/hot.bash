# One person who calls all the time.
figure hot "full path, all events on one person" /s 0 "as the full path, with all calls from one number"
ratio hot full_path 0.8 1.0

measure_hot() {
    warmed_gateway
    requests hot --event NOTIFY_END --count "$events" --numbers 1
    resolve hot hot "$size" 0 "$events"
    stop_gateway
}
