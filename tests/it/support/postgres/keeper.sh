# Runs a server, and tells all of its processes what it is told. When nobody can tell it anything any more, both end.
# A group that loses its parent while one of it stands still is sent HUP; a person's Ctrl+C reaches all of it too.
trap '' HUP INT TERM
folder=$1
shift
# Whoever the server started is known as such no longer than it runs; and it starts nobody while it stands still.
signal_all() {
    kill -STOP "$server"
    all=$server
    for stat in /proc/[0-9]*/stat; do
        read -r pid _ _ parent _ <"$stat" && [ "$parent" = "$server" ] && all="$all $pid"
    done
    for pid in $all; do
        kill -"$1" "$pid"
    done
}
# Until then they have memory without which the server does not start again. What init has not taken leave of is gone.
wait_for_all() {
    for pid in $all; do
        while read -r _ _ state _ <"/proc/$pid/stat" && [ "$state" != Z ]; do
            sleep 0.01
        done
    done
}
exec 2>/dev/null # of processes that have just ended
while read -r word; do
    case $word in
        START)
            "$@" >>"$folder/log" 2>&1 &
            server=$!
            ;;
        KILL)
            signal_all KILL
            wait "$server"
            wait_for_all
            server=
            ;;
        *) signal_all "$word" ;;
    esac
    echo done
done
signal_all KILL
rm -rf "$folder"
