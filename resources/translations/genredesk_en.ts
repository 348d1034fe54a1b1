<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US" sourcelanguage="en_US">
<context>
    <name></name>
    <message numerus="yes">
        <source>{0} (%Ln file(s) were skipped.)</source>
        <translation>
            <numerusform>{0} (%Ln file was skipped.)</numerusform>
            <numerusform>{0} (%Ln files were skipped.)</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} holds %Ln folder(s). If they are genres, GenreDesk can learn them.</source>
        <translation>
            <numerusform>{0} holds %Ln folder. If they are genres, GenreDesk can learn them.</numerusform>
            <numerusform>{0} holds %Ln folders. If they are genres, GenreDesk can learn them.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} and %Ln more</source>
        <translation>
            <numerusform>{0} and %Ln more</numerusform>
            <numerusform>{0} and %Ln more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0}: fewer than %Ln song(s). That is enough for quick training, but the numbers will be rough. Add songs if you can.</source>
        <translation>
            <numerusform>{0}: fewer than %Ln song. That is enough for quick training, but the numbers will be rough. Add songs if you can.</numerusform>
            <numerusform>{0}: fewer than %Ln songs. That is enough for quick training, but the numbers will be rough. Add songs if you can.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The largest genre has %Ln song(s) and the smallest {0}. Genres are weighted so that the small ones count as much.</source>
        <translation>
            <numerusform>The largest genre has %Ln song and the smallest {0}. Genres are weighted so that the small ones count as much.</numerusform>
            <numerusform>The largest genre has %Ln songs and the smallest {0}. Genres are weighted so that the small ones count as much.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) are the same recording in two genres (the first is {0}). They are excluded until you decide which genre keeps them.</source>
        <translation>
            <numerusform>%Ln file is the same recording in two genres (the first is {0}). They are excluded until you decide which genre keeps them.</numerusform>
            <numerusform>%Ln files are the same recording in two genres (the first is {0}). They are excluded until you decide which genre keeps them.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln song(s) of {1} are by {2}. The network may learn the artist instead of the genre.</source>
        <translation>
            <numerusform>{0} of %Ln song of {1} is by {2}. The network may learn the artist instead of the genre.</numerusform>
            <numerusform>{0} of %Ln songs of {1} are by {2}. The network may learn the artist instead of the genre.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The first word of {0} of the %Ln song(s) it had not learned from is one of theirs ({1}). Mean over the words: precision {2}, recall {3}, average precision {4}.</source>
        <translation>
            <numerusform>The first word of {0} of the %Ln song it had not learned from is one of theirs ({1}). Mean over the words: precision {2}, recall {3}, average precision {4}.</numerusform>
            <numerusform>The first word of {0} of the %Ln songs it had not learned from is one of theirs ({1}). Mean over the words: precision {2}, recall {3}, average precision {4}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of the %Ln song(s) it had not learned from are correct ({1}). The range is the 95 % interval: with so few songs, chance plays its part. It holds for music like this.</source>
        <translation>
            <numerusform>{0} of the %Ln song it had not learned from are correct ({1}). The range is the 95 % interval: with so few songs, chance plays its part. It holds for music like this.</numerusform>
            <numerusform>{0} of the %Ln songs it had not learned from are correct ({1}). The range is the 95 % interval: with so few songs, chance plays its part. It holds for music like this.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of the %Ln song(s) it had not learned from are correct ({1}). The range is the 95 % interval, for music like this.</source>
        <translation>
            <numerusform>{0} of the %Ln song it had not learned from are correct ({1}). The range is the 95 % interval, for music like this.</numerusform>
            <numerusform>{0} of the %Ln songs it had not learned from are correct ({1}). The range is the 95 % interval, for music like this.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Without any network, the %Ln nearest song(s) by timbre (MFCC) would get {0}.</source>
        <translation>
            <numerusform>Without any network, the %Ln nearest song by timbre (MFCC) would get {0}.</numerusform>
            <numerusform>Without any network, the %Ln nearest songs by timbre (MFCC) would get {0}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Whether {0} has learned from some of these %Ln song(s) before cannot be told here; if so, its number flatters, and the new one&apos;s, too, because it goes on from it.</source>
        <translation>
            <numerusform>Whether {0} has learned from this %Ln song before cannot be told here; if so, its number flatters, and the new one&apos;s, too, because it goes on from it.</numerusform>
            <numerusform>Whether {0} has learned from some of these %Ln songs before cannot be told here; if so, its number flatters, and the new one&apos;s, too, because it goes on from it.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Whether {0} has learned from some of these %Ln song(s) before cannot be told here; if so, its number flatters.</source>
        <translation>
            <numerusform>Whether {0} has learned from this %Ln song before cannot be told here; if so, its number flatters.</numerusform>
            <numerusform>Whether {0} has learned from some of these %Ln songs before cannot be told here; if so, its number flatters.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} was made here and learned from none of these %Ln song(s).</source>
        <translation>
            <numerusform>{0} was made here and did not learn from this %Ln song.</numerusform>
            <numerusform>{0} was made here and learned from none of these %Ln songs.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Careful: {0} had learned from {1} of these %Ln song(s). Its number flatters.</source>
        <translation>
            <numerusform>Careful: {0} had learned from {1} of %Ln song. Its number flatters.</numerusform>
            <numerusform>Careful: {0} had learned from {1} of these %Ln songs. Its number flatters.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Careful: {0} had learned from {1} of these %Ln song(s). Its number flatters, and the new one&apos;s, too, because it goes on from it.</source>
        <translation>
            <numerusform>Careful: {0} had learned from {1} of %Ln song. Its number flatters, and the new one&apos;s, too, because it goes on from it.</numerusform>
            <numerusform>Careful: {0} had learned from {1} of these %Ln songs. Its number flatters, and the new one&apos;s, too, because it goes on from it.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Careful: %Ln artist(s) are on both sides ({0}). The network may know their sound, so the number flatters.</source>
        <translation>
            <numerusform>Careful: %Ln artist is on both sides ({0}). The network may know their sound, so the number flatters.</numerusform>
            <numerusform>Careful: %Ln artists are on both sides ({0}). The network may know their sound, so the number flatters.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>No song, no recording and no artist is on both sides, as far as artists are known ({0} of %Ln song(s)).</source>
        <translation>
            <numerusform>No song, no recording and no artist is on both sides, as far as artists are known ({0} of %Ln song).</numerusform>
            <numerusform>No song, no recording and no artist is on both sides, as far as artists are known ({0} of %Ln songs).</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Cutting songs into pieces and mixing them before the split would have claimed {0} of %Ln window(s); that flatters, since pieces of the same songs are on both sides. Without leaks: {1} of {2} windows.</source>
        <translation>
            <numerusform>Cutting songs into pieces and mixing them before the split would have claimed {0} of %Ln window; that flatters, since pieces of the same songs are on both sides. Without leaks: {1} of {2} windows.</numerusform>
            <numerusform>Cutting songs into pieces and mixing them before the split would have claimed {0} of %Ln windows; that flatters, since pieces of the same songs are on both sides. Without leaks: {1} of {2} windows.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln song(s) for training, {0} held back ({1})</source>
        <translation>
            <numerusform>%Ln song for training, {0} held back ({1})</numerusform>
            <numerusform>%Ln songs for training, {0} held back ({1})</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>All %Ln song(s) for training; for the numbers {0} were each held back once ({1})</source>
        <translation>
            <numerusform>All %Ln song for training; for the numbers {0} were each held back once ({1})</numerusform>
            <numerusform>All %Ln songs for training; for the numbers {0} were each held back once ({1})</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln word(s)</source>
        <translation>
            <numerusform>%Ln word</numerusform>
            <numerusform>%Ln words</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln genre(s)</source>
        <translation>
            <numerusform>%Ln genre</numerusform>
            <numerusform>%Ln genres</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Play something first, on the Listen page or from any other source: at least %Ln second(s) of it are needed.</source>
        <translation>
            <numerusform>Play something first, on the Listen page or from any other source: at least %Ln second of it is needed.</numerusform>
            <numerusform>Play something first, on the Listen page or from any other source: at least %Ln seconds of it are needed.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Play or select at least %Ln second(s) of something.</source>
        <translation>
            <numerusform>Play or select at least %Ln second of something.</numerusform>
            <numerusform>Play or select at least %Ln seconds of something.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The selected %Ln second(s)</source>
        <translation>
            <numerusform>The selected %Ln second</numerusform>
            <numerusform>The selected %Ln seconds</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The last %Ln second(s) of {0}</source>
        <translation>
            <numerusform>The last %Ln second of {0}</numerusform>
            <numerusform>The last %Ln seconds of {0}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Keep the last %Ln second(s)</source>
        <translation>
            <numerusform>Keep the last %Ln second</numerusform>
            <numerusform>Keep the last %Ln seconds</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} · %Ln genre(s) · {1}</source>
        <translation>
            <numerusform>{0} · %Ln genre · {1}</numerusform>
            <numerusform>{0} · %Ln genres · {1}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} · %Ln word(s) · {1}</source>
        <translation>
            <numerusform>{0} · %Ln word · {1}</numerusform>
            <numerusform>{0} · %Ln words · {1}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln folder(s)</source>
        <translation>
            <numerusform>%Ln folder</numerusform>
            <numerusform>%Ln folders</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln more are in the report.</source>
        <translation>
            <numerusform>%Ln more are in the report.</numerusform>
            <numerusform>%Ln more are in the report.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of the songs called {1} are {1}, over %Ln true one(s)</source>
        <translation>
            <numerusform>{0} of the songs called {1} are {1}, over %Ln true one</numerusform>
            <numerusform>{0} of the songs called {1} are {1}, over %Ln true ones</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of the %Ln {1} song(s) were found</source>
        <translation>
            <numerusform>{0} of the %Ln {1} song was found</numerusform>
            <numerusform>{0} of the %Ln {1} songs were found</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Harmonic mean of the two, over %Ln song(s)</source>
        <translation>
            <numerusform>Harmonic mean of the two, over %Ln song</numerusform>
            <numerusform>Harmonic mean of the two, over %Ln songs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln held-back song(s) correct (95 %: {1})</source>
        <translation>
            <numerusform>{0} of %Ln held-back song correct (95 %: {1})</numerusform>
            <numerusform>{0} of %Ln held-back songs correct (95 %: {1})</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln window(s)</source>
        <translation>
            <numerusform>{0} of %Ln window</numerusform>
            <numerusform>{0} of %Ln windows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of the %Ln held-back song(s) are correct.</source>
        <translation>
            <numerusform>{0} of the %Ln held-back song is correct.</numerusform>
            <numerusform>{0} of the %Ln held-back songs are correct.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln song(s)</source>
        <translation>
            <numerusform>%Ln song</numerusform>
            <numerusform>%Ln songs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln song(s) by artists it never heard correct</source>
        <translation>
            <numerusform>{0} of %Ln song by artists it never heard correct</numerusform>
            <numerusform>{0} of %Ln songs by artists it never heard correct</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln song(s) it never heard correct</source>
        <translation>
            <numerusform>{0} of %Ln song it never heard correct</numerusform>
            <numerusform>{0} of %Ln songs it never heard correct</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln window(s) of them correct</source>
        <translation>
            <numerusform>{0} of %Ln window of them correct</numerusform>
            <numerusform>{0} of %Ln windows of them correct</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} ({1}) on %Ln song(s) by artists it never heard</source>
        <translation>
            <numerusform>{0} ({1}) on %Ln song by artists it never heard</numerusform>
            <numerusform>{0} ({1}) on %Ln songs by artists it never heard</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} ({1}) on %Ln song(s) it never heard</source>
        <translation>
            <numerusform>{0} ({1}) on %Ln song it never heard</numerusform>
            <numerusform>{0} ({1}) on %Ln songs it never heard</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} ({1}) on %Ln song(s)</source>
        <translation>
            <numerusform>{0} ({1}) on %Ln song</numerusform>
            <numerusform>{0} ({1}) on %Ln songs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>8 and 32 bits give the same genre for {0} of %Ln window(s) of music.</source>
        <translation>
            <numerusform>8 and 32 bits give the same genre for {0} of %Ln window of music.</numerusform>
            <numerusform>8 and 32 bits give the same genre for {0} of %Ln windows of music.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>from {0}, which rests on %Ln song(s)</source>
        <translation>
            <numerusform>from {0}, which rests on %Ln song</numerusform>
            <numerusform>from {0}, which rests on %Ln songs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln track(s)</source>
        <translation>
            <numerusform>%Ln track</numerusform>
            <numerusform>%Ln tracks</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) are already as they should be.</source>
        <translation>
            <numerusform>%Ln file is already as it should be.</numerusform>
            <numerusform>%Ln files are already as they should be.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln unchanged</source>
        <translation>
            <numerusform>%Ln unchanged</numerusform>
            <numerusform>%Ln unchanged</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) were skipped:</source>
        <translation>
            <numerusform>%Ln file was skipped:</numerusform>
            <numerusform>%Ln files were skipped:</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s)</source>
        <translation>
            <numerusform>%Ln file</numerusform>
            <numerusform>%Ln files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln skipped</source>
        <translation>
            <numerusform>%Ln skipped</numerusform>
            <numerusform>%Ln skipped</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) go back to what they were. Files changed since then are skipped and listed.</source>
        <translation>
            <numerusform>%Ln file goes back to what it was. Files changed since then are skipped and listed.</numerusform>
            <numerusform>%Ln files go back to what they were. Files changed since then are skipped and listed.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln were changed since</source>
        <translation>
            <numerusform>%Ln was changed since</numerusform>
            <numerusform>%Ln were changed since</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>… and %Ln more</source>
        <translation>
            <numerusform>… and %Ln more</numerusform>
            <numerusform>… and %Ln more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Restored %Ln file(s).</source>
        <translation>
            <numerusform>Restored %Ln file.</numerusform>
            <numerusform>Restored %Ln files.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} (%Ln more like this.)</source>
        <translation>
            <numerusform>{0} (%Ln more like this.)</numerusform>
            <numerusform>{0} (%Ln more like this.)</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln track(s) were listened to.</source>
        <translation>
            <numerusform>%Ln track was listened to.</numerusform>
            <numerusform>%Ln tracks were listened to.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln could not be read; see “Unreadable”.</source>
        <translation>
            <numerusform>%Ln could not be read; see “Unreadable”.</numerusform>
            <numerusform>%Ln could not be read; see “Unreadable”.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln are no longer where they were.</source>
        <translation>
            <numerusform>%Ln is no longer where it was.</numerusform>
            <numerusform>%Ln are no longer where they were.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The library still shows what {0} heard. Listen to %Ln track(s) again with {1}?</source>
        <translation>
            <numerusform>The library still shows what {0} heard. Listen to %Ln track again with {1}?</numerusform>
            <numerusform>The library still shows what {0} heard. Listen to %Ln tracks again with {1}?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Genre of %Ln track(s)</source>
        <translation>
            <numerusform>Genre of the selected track</numerusform>
            <numerusform>Genre of %Ln tracks</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln day(s)</source>
        <translation>
            <numerusform>%Ln day</numerusform>
            <numerusform>%Ln days</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln track(s), {0}, as {1} hears them</source>
        <translation>
            <numerusform>%Ln track, {0}, as {1} hears it</numerusform>
            <numerusform>%Ln tracks, {0}, as {1} hears them</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Show %Ln track(s) in the table</source>
        <translation>
            <numerusform>Show %Ln track in the table</numerusform>
            <numerusform>Show %Ln tracks in the table</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln core(s)</source>
        <translation>
            <numerusform>%Ln core</numerusform>
            <numerusform>%Ln cores</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln genre(s) are too many to draw. The list names the songs.</source>
        <translation>
            <numerusform>%Ln genre is too many to draw. The list names the songs.</numerusform>
            <numerusform>%Ln genres are too many to draw. The list names the songs.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln song(s) correct</source>
        <translation>
            <numerusform>{0} of %Ln song correct</numerusform>
            <numerusform>{0} of %Ln songs correct</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln song(s) with {0} are surely called {1}</source>
        <translation>
            <numerusform>%Ln song with {0} is surely called {1}</numerusform>
            <numerusform>%Ln songs with {0} are surely called {1}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln {1} song(s) were correct</source>
        <translation>
            <numerusform>{0} of %Ln {1} song was correct</numerusform>
            <numerusform>{0} of %Ln {1} songs were correct</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln {1} song(s) were called {2}</source>
        <translation>
            <numerusform>{0} of %Ln {1} song was called {2}</numerusform>
            <numerusform>{0} of %Ln {1} songs were called {2}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln song(s) between {0} and {1} long, half of them under {2}</source>
        <translation>
            <numerusform>%Ln song between {0} and {1} long, half of them under {2}</numerusform>
            <numerusform>%Ln songs between {0} and {1} long, half of them under {2}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) of this genre have a problem; see the list</source>
        <translation>
            <numerusform>%Ln file of this genre has a problem; see the list</numerusform>
            <numerusform>%Ln files of this genre have a problem; see the list</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln usable song(s), {0} hours of music in all</source>
        <translation>
            <numerusform>%Ln usable song, {0} hours of music in all</numerusform>
            <numerusform>%Ln usable songs, {0} hours of music in all</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln track(s) would get a genre from there.</source>
        <translation>
            <numerusform>%Ln track would get a genre from there.</numerusform>
            <numerusform>%Ln tracks would get a genre from there.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln would get the name of its playlist.</source>
        <translation>
            <numerusform>%Ln would get the name of its playlist.</numerusform>
            <numerusform>%Ln would get the names of their playlists.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln track(s) with a genre of yours will keep it.</source>
        <translation>
            <numerusform>%Ln track with a genre of yours will keep it.</numerusform>
            <numerusform>%Ln tracks with a genre of yours will keep it.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln track(s) outside this library.</source>
        <translation>
            <numerusform>%Ln track outside this library.</numerusform>
            <numerusform>%Ln tracks outside this library.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln track(s) not analyzed yet and left out.</source>
        <translation>
            <numerusform>%Ln track not analyzed yet and left out.</numerusform>
            <numerusform>%Ln tracks not analyzed yet and left out.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of its %Ln window(s) are wrong</source>
        <translation>
            <numerusform>{0} of its %Ln window is wrong</numerusform>
            <numerusform>{0} of its %Ln windows are wrong</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) will change.</source>
        <translation>
            <numerusform>%Ln file will change.</numerusform>
            <numerusform>%Ln files will change.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) changed</source>
        <translation>
            <numerusform>%Ln file changed</numerusform>
            <numerusform>%Ln files changed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The tags of %Ln file(s) will be written.</source>
        <translation>
            <numerusform>The tags of %Ln file will be written.</numerusform>
            <numerusform>The tags of %Ln files will be written.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Tags written in %Ln file(s)</source>
        <translation>
            <numerusform>Tags written in %Ln file</numerusform>
            <numerusform>Tags written in %Ln files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) will be moved.</source>
        <translation>
            <numerusform>%Ln file will be moved.</numerusform>
            <numerusform>%Ln files will be moved.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) moved</source>
        <translation>
            <numerusform>%Ln file moved</numerusform>
            <numerusform>%Ln files moved</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) will be copied.</source>
        <translation>
            <numerusform>%Ln file will be copied.</numerusform>
            <numerusform>%Ln files will be copied.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) copied</source>
        <translation>
            <numerusform>%Ln file copied</numerusform>
            <numerusform>%Ln files copied</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln playlist(s) will be written.</source>
        <translation>
            <numerusform>%Ln playlist will be written.</numerusform>
            <numerusform>%Ln playlists will be written.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln playlist(s) written</source>
        <translation>
            <numerusform>%Ln playlist written</numerusform>
            <numerusform>%Ln playlists written</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln table(s) will be written.</source>
        <translation>
            <numerusform>%Ln table will be written.</numerusform>
            <numerusform>%Ln tables will be written.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln table(s) written</source>
        <translation>
            <numerusform>%Ln table written</numerusform>
            <numerusform>%Ln tables written</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln decided</source>
        <translation>
            <numerusform>%Ln decided</numerusform>
            <numerusform>%Ln decided</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Measured on %Ln song(s) the model had not learned from.</source>
        <translation>
            <numerusform>Measured on %Ln song the model had not learned from.</numerusform>
            <numerusform>Measured on %Ln songs the model had not learned from.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln window(s) with a score around {0}: {1} correct</source>
        <translation>
            <numerusform>%Ln window with a score around {0}: {1} correct</numerusform>
            <numerusform>%Ln windows with a score around {0}: {1} correct</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Both were measured on the same %Ln song(s), but not compared song by song.</source>
        <translation>
            <numerusform>Both were measured on the same %Ln song, but not compared song by song.</numerusform>
            <numerusform>Both were measured on the same %Ln songs, but not compared song by song.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Compared by the %Ln word(s) both know.</source>
        <translation>
            <numerusform>Compared by the %Ln word both know.</numerusform>
            <numerusform>Compared by the %Ln words both know.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln part(s) need attention:</source>
        <translation>
            <numerusform>%Ln part needs attention:</numerusform>
            <numerusform>%Ln parts need attention:</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln track(s) are read once more first.</source>
        <translation>
            <numerusform>%Ln track is read once more first.</numerusform>
            <numerusform>%Ln tracks are read once more first.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln recording(s) with several files.</source>
        <translation>
            <numerusform>%Ln recording with several files.</numerusform>
            <numerusform>%Ln recordings with several files.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln spare copy(ies) selected; Organize moves them.</source>
        <translation>
            <numerusform>%Ln spare copy selected; Organize moves it.</numerusform>
            <numerusform>%Ln spare copies selected; Organize moves them.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0}: several words for {1} of %Ln song(s): {2}</source>
        <translation>
            <numerusform>{0}: several words for {1} of %Ln song: {2}</numerusform>
            <numerusform>{0}: several words for {1} of %Ln songs: {2}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Compare with %Ln model(s)</source>
        <translation>
            <numerusform>Compare with %Ln model</numerusform>
            <numerusform>Compare with %Ln models</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Compared by the %Ln word(s) all of them know: {0}.</source>
        <translation>
            <numerusform>Compared by the %Ln word all of them know: {0}.</numerusform>
            <numerusform>Compared by the %Ln words all of them know: {0}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>They disagree on {0} of %Ln song(s):</source>
        <translation>
            <numerusform>They disagree on {0} of %Ln song:</numerusform>
            <numerusform>They disagree on {0} of %Ln songs:</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln of {0} disagree(s)</source>
        <translation>
            <numerusform>%Ln of {0} disagrees</numerusform>
            <numerusform>%Ln of {0} disagree</numerusform>
        </translation>
    </message>
</context>
</TS>
