# Runs a server, and tells all of its processes what it is told. When nobody can tell it anything any more, both end.
folder=$1
shift
signal_all() {
    kill -"$1" "$server"
    for stat in /proc/[0-9]*/stat; do
        read -r pid _ _ parent _ <"$stat" && [ "$parent" = "$server" ] && kill -"$1" "$pid"
    done
} 2>/dev/null
while read -r word; do
    case $word in
        START)
            "$@" >>"$folder/log" 2>&1 &
            server=$!
            ;;
        KILL)
            signal_all KILL
            wait "$server"
            server=
            ;;
        *) signal_all "$word" ;;
    esac
    echo done
done
signal_all KILL
rm -rf "$folder"
