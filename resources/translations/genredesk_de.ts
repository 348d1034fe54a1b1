<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en_US">
<context>
    <name></name>
    <message numerus="yes">
        <source>{0} (%Ln file(s) were skipped.)</source>
        <translation>
            <numerusform>{0} (%Ln Datei wurde übersprungen.)</numerusform>
            <numerusform>{0} (%Ln Dateien wurden übersprungen.)</numerusform>
        </translation>
    </message>
    <message>
        <source>Picture (*.png)</source>
        <translation>Bild (*.png)</translation>
    </message>
    <message>
        <source>Vector graphic (*.svg)</source>
        <translation>Vektorgrafik (*.svg)</translation>
    </message>
    <message>
        <source>Log as a table (*.csv)</source>
        <translation>Protokoll als Tabelle (*.csv)</translation>
    </message>
    <message>
        <source>Log for programs (*.json)</source>
        <translation>Protokoll für Programme (*.json)</translation>
    </message>
    <message>
        <source>Log as Audacity labels (*.txt)</source>
        <translation>Protokoll als Audacity-Textmarken (*.txt)</translation>
    </message>
    <message>
        <source>Chapters of the file as a playlist (*.m3u8)</source>
        <translation>Kapitel der Datei als Wiedergabeliste (*.m3u8)</translation>
    </message>
    <message>
        <source>Sound (*.wav)</source>
        <translation>Ton (*.wav)</translation>
    </message>
    <message>
        <source>Scores of every window as a table (*.csv)</source>
        <translation>Werte aller Fenster als Tabelle (*.csv)</translation>
    </message>
    <message>
        <source>Scores of every window for programs (*.json)</source>
        <translation>Werte aller Fenster für Programme (*.json)</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>saving {0}</source>
        <translation>{0} speichern</translation>
    </message>
    <message>
        <source>Saved as {0}</source>
        <translation>Gespeichert als {0}</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>To</source>
        <translation>Bis</translation>
    </message>
    <message>
        <source>Genre</source>
        <translation>Genre</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>Quelle</translation>
    </message>
    <message>
        <source>{0}, {1} of the time</source>
        <translation>{0}, {1} der Zeit</translation>
    </message>
    <message>
        <source>{0} s shown</source>
        <translation>{0} s sichtbar</translation>
    </message>
    <message>
        <source>{0} shown</source>
        <translation>{0} sichtbar</translation>
    </message>
    <message>
        <source>The training “{0}” was interrupted. It can go on where it was.</source>
        <translation>Das Training „{0}“ wurde unterbrochen. Es kann dort weitergehen, wo es war.</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message numerus="yes">
        <source>{0} holds %Ln folder(s). If they are genres, GenreDesk can learn them.</source>
        <translation>
            <numerusform>{0} enthält %Ln Ordner. Wenn das ein Genre ist, kann GenreDesk es lernen.</numerusform>
            <numerusform>{0} enthält %Ln Ordner. Wenn das Genres sind, kann GenreDesk sie lernen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Learn them</source>
        <translation>Lernen lassen</translation>
    </message>
    <message numerus="yes">
        <source>{0} and %Ln more</source>
        <translation>
            <numerusform>{0} und %Ln weiteres</numerusform>
            <numerusform>{0} und %Ln weitere</numerusform>
        </translation>
    </message>
    <message>
        <source>{0}: no usable songs, so it will not be learned. See its problems.</source>
        <translation>{0}: keine brauchbaren Songs, deshalb wird es nicht gelernt. Woran es liegt, steht bei den Problemen.</translation>
    </message>
    <message numerus="yes">
        <source>{0}: fewer than %Ln song(s). That is enough for quick training, but the numbers will be rough. Add songs if you can.</source>
        <translation>
            <numerusform>{0}: weniger als %Ln Song. Für schnelles Training reicht das, aber die Zahlen werden ungenau. Füge nach Möglichkeit Songs hinzu.</numerusform>
            <numerusform>{0}: weniger als %Ln Songs. Für schnelles Training reicht das, aber die Zahlen werden ungenau. Füge nach Möglichkeit Songs hinzu.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The largest genre has %Ln song(s) and the smallest {0}. Genres are weighted so that the small ones count as much.</source>
        <translation>
            <numerusform>Das größte Genre hat %Ln Song, das kleinste {0}. Genres werden so gewichtet, dass die kleinen genauso viel zählen.</numerusform>
            <numerusform>Das größte Genre hat %Ln Songs, das kleinste {0}. Genres werden so gewichtet, dass die kleinen genauso viel zählen.</numerusform>
        </translation>
    </message>
    <message>
        <source>No song here can be used for training. See the problems, or add music.</source>
        <translation>Kein Song hier taugt zum Trainieren. Sieh bei den Problemen nach oder füge Musik hinzu.</translation>
    </message>
    <message>
        <source>There is only one genre, {0}. Add a second folder to tell it from.</source>
        <translation>Es gibt nur ein Genre, {0}. Füge einen zweiten Ordner hinzu, von dem es sich unterscheiden soll.</translation>
    </message>
    <message>
        <source>{0}: on one song only, so it will not be learned.</source>
        <translation>{0}: Nur bei einem Song, deshalb wird es nicht gelernt.</translation>
    </message>
    <message>
        <source>{0} has only one usable song; two are needed, so that one can be held back. Add songs or exclude the genre.</source>
        <translation>{0} hat nur einen brauchbaren Song; zwei sind nötig, damit einer zurückgehalten werden kann. Füge Songs hinzu oder schließe das Genre aus.</translation>
    </message>
    <message>
        <source>{0} and {1} differ only in case or spaces. Merge them, or rename one.</source>
        <translation>{0} und {1} unterscheiden sich nur in Groß- und Kleinschreibung oder Leerzeichen. Führe sie zusammen oder benenne eines um.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) are the same recording in two genres (the first is {0}). They are excluded until you decide which genre keeps them.</source>
        <translation>
            <numerusform>%Ln Datei ist dieselbe Aufnahme in zwei Genres (die erste ist {0}). Sie bleibt außen vor, bis du entscheidest, welches Genre sie behält.</numerusform>
            <numerusform>%Ln Dateien sind dieselbe Aufnahme in zwei Genres (die erste ist {0}). Sie bleiben außen vor, bis du entscheidest, welches Genre sie behält.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln song(s) of {1} are by {2}. The network may learn the artist instead of the genre.</source>
        <translation>
            <numerusform>{0} von %Ln Song in {1} ist von {2}. Das Netz lernt womöglich den Interpreten statt des Genres.</numerusform>
            <numerusform>{0} von %Ln Songs in {1} sind von {2}. Das Netz lernt womöglich den Interpreten statt des Genres.</numerusform>
        </translation>
    </message>
    <message>
        <source>One artist also fills {0}.</source>
        <translation>Auch in {0} überwiegt ein einziger Interpret.</translation>
    </message>
    <message>
        <source>New model</source>
        <translation>Neues Modell</translation>
    </message>
    <message>
        <source>There is no model to compare it with that knows these genres.</source>
        <translation>Es gibt kein Modell zum Vergleichen, das diese Genres kennt.</translation>
    </message>
    <message>
        <source>{0} knows none of these genres by name, so there is nothing to compare.</source>
        <translation>{0} kennt keines dieser Genres dem Namen nach, deshalb gibt es nichts zu vergleichen.</translation>
    </message>
    <message>
        <source>It names your genres</source>
        <translation>Es benennt deine Genres</translation>
    </message>
    <message>
        <source>It names your words</source>
        <translation>Es benennt deine Wörter</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>Verwenden</translation>
    </message>
    <message numerus="yes">
        <source>Both were measured on the same %Ln song(s), but not compared song by song.</source>
        <translation>
            <numerusform>Beide wurden an demselben Song gemessen, aber nicht Song für Song verglichen.</numerusform>
            <numerusform>Beide wurden an denselben %Ln Songs gemessen, aber nicht Song für Song verglichen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Not compared with {0}</source>
        <translation>Nicht verglichen mit {0}</translation>
    </message>
    <message numerus="yes">
        <source>Compared by the %Ln word(s) both know.</source>
        <translation>
            <numerusform>Verglichen nach dem %Ln Wort, das beide kennen.</numerusform>
            <numerusform>Verglichen nach den %Ln Wörtern, die beide kennen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Better than {0}</source>
        <translation>Besser als {0}</translation>
    </message>
    <message>
        <source>Not better than {0}</source>
        <translation>Nicht besser als {0}</translation>
    </message>
    <message>
        <source>Keep {0}</source>
        <translation>{0} behalten</translation>
    </message>
    <message>
        <source>Too few songs to say whether it is better than {0}</source>
        <translation>Zu wenige Songs, um zu sagen, ob es besser ist als {0}</translation>
    </message>
    <message>
        <source>Add songs</source>
        <translation>Songs hinzufügen</translation>
    </message>
    <message>
        <source>A paper&apos;s network as its authors ran it, or as their text prints it.</source>
        <translation>Das Netz eines Papers, wie die Autoren es laufen ließen oder wie ihr Text es beschreibt.</translation>
    </message>
    <message>
        <source>Seconds of one window; 0 leaves it as the front end has it.</source>
        <translation>Sekunden eines Fensters; 0 lässt es, wie das Frontend es hat.</translation>
    </message>
    <message>
        <source>Whether an ImageNet backbone stays as it is or learns, too.</source>
        <translation>Ob ein mit ImageNet trainierter Rumpf bleibt, wie er ist, oder mitlernt.</translation>
    </message>
    <message>
        <source>How many times all songs are gone through.</source>
        <translation>Wie oft alle Songs durchgegangen werden.</translation>
    </message>
    <message>
        <source>Learning rate: how far one step goes. The first thing to try.</source>
        <translation>Lernrate: wie weit ein Schritt geht. Daran zuerst drehen.</translation>
    </message>
    <message>
        <source>Windows looked at before each step.</source>
        <translation>Fenster, die vor jedem Schritt angesehen werden.</translation>
    </message>
    <message>
        <source>The rule that turns gradients into steps.</source>
        <translation>Die Regel, die aus Gradienten Schritte macht.</translation>
    </message>
    <message>
        <source>How the learning rate changes meanwhile.</source>
        <translation>Wie sich die Lernrate unterwegs ändert.</translation>
    </message>
    <message>
        <source>Share of all steps over which the rate rises.</source>
        <translation>Anteil aller Schritte, über den die Rate ansteigt.</translation>
    </message>
    <message>
        <source>Schedule exp: the rate is multiplied by this …</source>
        <translation>Verlauf exp: Die Rate wird multipliziert mit …</translation>
    </message>
    <message>
        <source>… every so many …</source>
        <translation>… jeweils nach so vielen …</translation>
    </message>
    <message>
        <source>… of these.</source>
        <translation>… davon.</translation>
    </message>
    <message>
        <source>Pulls weights toward zero, against overfitting.</source>
        <translation>Zieht Gewichte gegen null, damit nichts auswendig gelernt wird.</translation>
    </message>
    <message>
        <source>Fine-tuning: rate of the early layers as a share of the last one&apos;s.</source>
        <translation>Feinabstimmung: Rate der frühen Schichten als Anteil an der letzten.</translation>
    </message>
    <message>
        <source>Random windows of each song per epoch; 0 takes every window once.</source>
        <translation>Zufällige Fenster jedes Songs je Epoche; 0 nimmt jedes Fenster einmal.</translation>
    </message>
    <message>
        <source>Epochs without getting better before it stops; 0 never stops.</source>
        <translation>Epochen ohne Verbesserung, bevor Schluss ist; 0 hört nie auf.</translation>
    </message>
    <message>
        <source>Which epoch&apos;s network is kept.</source>
        <translation>Das Netz welcher Epoche behalten wird.</translation>
    </message>
    <message>
        <source>Adds the paper&apos;s own weight penalty to the loss.</source>
        <translation>Nimmt die Gewichtsstrafe des Papers in den Verlust auf.</translation>
    </message>
    <message>
        <source>Asks for a little less than certainty.</source>
        <translation>Verlangt etwas weniger als Gewissheit.</translation>
    </message>
    <message>
        <source>Averages the weights; 0 keeps the last.</source>
        <translation>Mittelt die Gewichte; 0 behält die letzten.</translation>
    </message>
    <message>
        <source>How small genres are made to count as much as large ones.</source>
        <translation>Wodurch kleine Genres so viel zählen wie große.</translation>
    </message>
    <message>
        <source>Numbers used on the way; auto times which is quicker here.</source>
        <translation>Zahlen, mit denen gerechnet wird; auto misst, was hier schneller ist.</translation>
    </message>
    <message>
        <source>Longest gradient; 0 leaves all as they are.</source>
        <translation>Größte Länge des Gradienten; 0 lässt alle, wie sie sind.</translation>
    </message>
    <message>
        <source>Largest change of tempo, as a factor.</source>
        <translation>Größte Änderung des Tempos, als Faktor.</translation>
    </message>
    <message>
        <source>Largest shift along the bands.</source>
        <translation>Größte Verschiebung entlang der Bänder.</translation>
    </message>
    <message>
        <source>Strength of the random equalizer in dB.</source>
        <translation>Stärke des zufälligen Equalizers in dB.</translation>
    </message>
    <message>
        <source>Strength of random level changes in dB.</source>
        <translation>Stärke zufälliger Pegeländerungen in dB.</translation>
    </message>
    <message>
        <source>Share of windows with another song of the genre added.</source>
        <translation>Anteil der Fenster, denen ein anderer Song des Genres beigemischt wird.</translation>
    </message>
    <message>
        <source>How much softer that song may be, in dB.</source>
        <translation>Wie viel leiser dieser Song sein darf, in dB.</translation>
    </message>
    <message>
        <source>Share of windows played through a small loudspeaker.</source>
        <translation>Anteil der Fenster, die durch einen kleinen Lautsprecher klingen.</translation>
    </message>
    <message>
        <source>Share of windows put into a room.</source>
        <translation>Anteil der Fenster, die wie in einem Raum klingen.</translation>
    </message>
    <message>
        <source>Largest change between loud and soft, as a share.</source>
        <translation>Größte Änderung zwischen laut und leise, als Anteil.</translation>
    </message>
    <message>
        <source>Share of windows with a soft noise.</source>
        <translation>Anteil der Fenster mit leisem Rauschen.</translation>
    </message>
    <message>
        <source>Longest masked time, as a share.</source>
        <translation>Längste ausgeblendete Zeit, als Anteil.</translation>
    </message>
    <message>
        <source>Widest masked range of bands, as a share.</source>
        <translation>Breitester ausgeblendeter Bereich von Bändern, als Anteil.</translation>
    </message>
    <message>
        <source>Largest change of tempo of changed copies of the songs, as a factor.</source>
        <translation>Größte Tempoänderung veränderter Kopien der Songs, als Faktor.</translation>
    </message>
    <message>
        <source>Largest change of their pitch in semitones.</source>
        <translation>Größte Änderung ihrer Tonhöhe in Halbtönen.</translation>
    </message>
    <message>
        <source>Changed copies of every song to train on.</source>
        <translation>Veränderte Kopien jedes Songs, mit denen trainiert wird.</translation>
    </message>
    <message>
        <source>Sound other than music, learned as having no genre, as a share of all sound.</source>
        <translation>Klang, der keine Musik ist und als genrelos gelernt wird, als Anteil allen Klangs.</translation>
    </message>
    <message>
        <source>Share of windows beside which such sound is heard, softly.</source>
        <translation>Anteil der Fenster, neben denen solcher Klang leise zu hören ist.</translation>
    </message>
    <message>
        <source>How much it also learns to tell your songs apart; 0 for not at all.</source>
        <translation>Wie sehr es auch lernt, deine Songs auseinanderzuhalten; 0: gar nicht.</translation>
    </message>
    <message>
        <source>Networks trained first, whose answers are learned, too.</source>
        <translation>Netze, die zuerst trainiert werden und deren Antworten mitgelernt werden.</translation>
    </message>
    <message>
        <source>Share of their answers in what is learned.</source>
        <translation>Anteil ihrer Antworten an dem, was gelernt wird.</translation>
    </message>
    <message>
        <source>Share of windows re-drawn by an autoencoder that was trained before …</source>
        <translation>Anteil der Fenster, die ein früher trainierter Autoencoder neu zeichnet …</translation>
    </message>
    <message>
        <source>… which one of your models, with the same front end.</source>
        <translation>… und zwar dieses deiner Modelle, mit demselben Frontend.</translation>
    </message>
    <message>
        <source>How strongly pairs of windows are mixed.</source>
        <translation>Wie stark je zwei Fenster gemischt werden.</translation>
    </message>
    <message>
        <source>Of 100 new songs, expect {0} or more to be correct.</source>
        <translation>Von 100 neuen Songs werden voraussichtlich {0} oder mehr richtig benannt.</translation>
    </message>
    <message>
        <source>Of 100 new songs, expect {0} to {1} to be called by one of their words first.</source>
        <translation>Von 100 neuen Songs werden voraussichtlich {0} bis {1} zuerst mit einem ihrer Wörter benannt.</translation>
    </message>
    <message>
        <source>Of 100 new songs, expect about {0} to be correct.</source>
        <translation>Von 100 neuen Songs werden voraussichtlich etwa {0} richtig benannt.</translation>
    </message>
    <message>
        <source>Of 100 new songs, expect {0} to {1} to be correct.</source>
        <translation>Von 100 neuen Songs werden voraussichtlich {0} bis {1} richtig benannt.</translation>
    </message>
    <message numerus="yes">
        <source>The first word of {0} of the %Ln song(s) it had not learned from is one of theirs ({1}). Mean over the words: precision {2}, recall {3}, average precision {4}.</source>
        <translation>
            <numerusform>Bei {0} von %Ln Song, aus dem es nicht gelernt hatte, gehört das erste Wort zum Song ({1}). Mittel über die Wörter: Präzision {2}, Trefferquote {3}, mittlere Präzision {4}.</numerusform>
            <numerusform>Bei {0} der %Ln Songs, aus denen es nicht gelernt hatte, gehört das erste Wort zum Song ({1}). Mittel über die Wörter: Präzision {2}, Trefferquote {3}, mittlere Präzision {4}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of the %Ln song(s) it had not learned from are correct ({1}). The range is the 95 % interval: with so few songs, chance plays its part. It holds for music like this.</source>
        <translation>
            <numerusform>{0} von %Ln Song, aus dem es nicht gelernt hatte, sind richtig ({1}). Die Spanne ist das 95-%-Intervall: Bei so wenigen Songs spielt der Zufall mit. Sie gilt für Musik wie diese.</numerusform>
            <numerusform>{0} der %Ln Songs, aus denen es nicht gelernt hatte, sind richtig ({1}). Die Spanne ist das 95-%-Intervall: Bei so wenigen Songs spielt der Zufall mit. Sie gilt für Musik wie diese.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of the %Ln song(s) it had not learned from are correct ({1}). The range is the 95 % interval, for music like this.</source>
        <translation>
            <numerusform>{0} von %Ln Song, aus dem es nicht gelernt hatte, sind richtig ({1}). Die Spanne ist das 95-%-Intervall, für Musik wie diese.</numerusform>
            <numerusform>{0} der %Ln Songs, aus denen es nicht gelernt hatte, sind richtig ({1}). Die Spanne ist das 95-%-Intervall, für Musik wie diese.</numerusform>
        </translation>
    </message>
    <message>
        <source>Each was held back once; the model you get has then learned from all of them.</source>
        <translation>Jeder wurde einmal zurückgehalten; das fertige Modell hat danach aus allen gelernt.</translation>
    </message>
    <message>
        <source>Always answering the most common genre would get {0}, rolling dice {1}.</source>
        <translation>Wer immer das häufigste Genre nennt, läge bei {0}, wer würfelt, bei {1}.</translation>
    </message>
    <message>
        <source>Always answering the most common word would get {0}, rolling dice {1}.</source>
        <translation>Wer immer das häufigste Wort nennt, läge bei {0}, wer würfelt, bei {1}.</translation>
    </message>
    <message numerus="yes">
        <source>Without any network, the %Ln nearest song(s) by timbre (MFCC) would get {0}.</source>
        <translation>
            <numerusform>Ganz ohne Netz, nach dem in der Klangfarbe (MFCC) nächsten Song, wären es {0}.</numerusform>
            <numerusform>Ganz ohne Netz, nach den %Ln in der Klangfarbe (MFCC) nächsten Songs, wären es {0}.</numerusform>
        </translation>
    </message>
    <message>
        <source>Its card says it learned from {0}.</source>
        <translation>Laut seiner Karte hat es gelernt aus: {0}.</translation>
    </message>
    <message numerus="yes">
        <source>Whether {0} has learned from some of these %Ln song(s) before cannot be told here; if so, its number flatters, and the new one&apos;s, too, because it goes on from it.</source>
        <translation>
            <numerusform>Ob {0} diesen Song schon zum Lernen hatte, lässt sich hier nicht sagen; wenn ja, ist seine Zahl geschönt, und die des neuen auch, weil es darauf aufbaut.</numerusform>
            <numerusform>Ob {0} einige dieser %Ln Songs schon zum Lernen hatte, lässt sich hier nicht sagen; wenn ja, ist seine Zahl geschönt, und die des neuen auch, weil es darauf aufbaut.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Whether {0} has learned from some of these %Ln song(s) before cannot be told here; if so, its number flatters.</source>
        <translation>
            <numerusform>Ob {0} diesen Song schon zum Lernen hatte, lässt sich hier nicht sagen; wenn ja, ist seine Zahl geschönt.</numerusform>
            <numerusform>Ob {0} einige dieser %Ln Songs schon zum Lernen hatte, lässt sich hier nicht sagen; wenn ja, ist seine Zahl geschönt.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} was made here and learned from none of these %Ln song(s).</source>
        <translation>
            <numerusform>{0} wurde hier gemacht und hat aus diesem Song nicht gelernt.</numerusform>
            <numerusform>{0} wurde hier gemacht und hat aus keinem dieser %Ln Songs gelernt.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Careful: {0} had learned from {1} of these %Ln song(s). Its number flatters.</source>
        <translation>
            <numerusform>Achtung: {0} hatte aus {1} von diesem %Ln Song gelernt. Seine Zahl ist geschönt.</numerusform>
            <numerusform>Achtung: {0} hatte aus {1} dieser %Ln Songs gelernt. Seine Zahl ist geschönt.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Careful: {0} had learned from {1} of these %Ln song(s). Its number flatters, and the new one&apos;s, too, because it goes on from it.</source>
        <translation>
            <numerusform>Achtung: {0} hatte aus {1} von diesem %Ln Song gelernt. Seine Zahl ist geschönt, und die des neuen auch, weil es darauf aufbaut.</numerusform>
            <numerusform>Achtung: {0} hatte aus {1} dieser %Ln Songs gelernt. Seine Zahl ist geschönt, und die des neuen auch, weil es darauf aufbaut.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Careful: %Ln artist(s) are on both sides ({0}). The network may know their sound, so the number flatters.</source>
        <translation>
            <numerusform>Achtung: %Ln Interpret ist auf beiden Seiten ({0}). Das Netz kennt womöglich seinen Klang, also ist die Zahl geschönt.</numerusform>
            <numerusform>Achtung: %Ln Interpreten sind auf beiden Seiten ({0}). Das Netz kennt womöglich ihren Klang, also ist die Zahl geschönt.</numerusform>
        </translation>
    </message>
    <message>
        <source>No song is on both sides, and no recording twice. Artists are not known here: if one has songs on both sides, the number flatters.</source>
        <translation>Kein Song ist auf beiden Seiten und keine Aufnahme doppelt. Interpreten sind hier nicht bekannt: Hat einer Songs auf beiden Seiten, ist die Zahl geschönt.</translation>
    </message>
    <message numerus="yes">
        <source>No song, no recording and no artist is on both sides, as far as artists are known ({0} of %Ln song(s)).</source>
        <translation>
            <numerusform>Kein Song, keine Aufnahme und kein Interpret ist auf beiden Seiten, soweit Interpreten bekannt sind ({0} von %Ln Song).</numerusform>
            <numerusform>Kein Song, keine Aufnahme und kein Interpret ist auf beiden Seiten, soweit Interpreten bekannt sind ({0} von %Ln Songs).</numerusform>
        </translation>
    </message>
    <message>
        <source>No song, no recording and no artist is on both sides.</source>
        <translation>Kein Song, keine Aufnahme und kein Interpret ist auf beiden Seiten.</translation>
    </message>
    <message numerus="yes">
        <source>Cutting songs into pieces and mixing them before the split would have claimed {0} of %Ln window(s); that flatters, since pieces of the same songs are on both sides. Without leaks: {1} of {2} windows.</source>
        <translation>
            <numerusform>Songs vor dem Aufteilen in Stücke zu schneiden und zu mischen hätte {0} von %Ln Fenster ergeben; das ist geschönt, weil Stücke derselben Songs auf beiden Seiten sind. Ohne Lecks: {1} von {2} Fenstern.</numerusform>
            <numerusform>Songs vor dem Aufteilen in Stücke zu schneiden und zu mischen hätte {0} von %Ln Fenstern ergeben; das ist geschönt, weil Stücke derselben Songs auf beiden Seiten sind. Ohne Lecks: {1} von {2} Fenstern.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln song(s) for training, {0} held back ({1})</source>
        <translation>
            <numerusform>%Ln Song zum Trainieren, {0} zurückgehalten ({1})</numerusform>
            <numerusform>%Ln Songs zum Trainieren, {0} zurückgehalten ({1})</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>All %Ln song(s) for training; for the numbers {0} were each held back once ({1})</source>
        <translation>
            <numerusform>%Ln Song zum Trainieren; für die Zahlen wurden {0} je einmal zurückgehalten ({1})</numerusform>
            <numerusform>Alle %Ln Songs zum Trainieren; für die Zahlen wurden {0} je einmal zurückgehalten ({1})</numerusform>
        </translation>
    </message>
    <message>
        <source>Quick</source>
        <translation>Schnell</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>Ausgewogen</translation>
    </message>
    <message>
        <source>From scratch</source>
        <translation>Von Grund auf</translation>
    </message>
    <message>
        <source>As in the paper</source>
        <translation>Wie im Paper</translation>
    </message>
    <message>
        <source>A fresh {0}, {1}</source>
        <translation>Ein frisches {0}, {1}</translation>
    </message>
    <message>
        <source>{0}, {1}</source>
        <translation>{0}, {1}</translation>
    </message>
    <message numerus="yes">
        <source>%Ln word(s)</source>
        <translation>
            <numerusform>%Ln Wort</numerusform>
            <numerusform>%Ln Wörter</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln genre(s)</source>
        <translation>
            <numerusform>%Ln Genre</numerusform>
            <numerusform>%Ln Genres</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} M</source>
        <translation>{0} Mio.</translation>
    </message>
    <message>
        <source>{0} k</source>
        <translation>{0} Tsd.</translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln song(s) correct</source>
        <translation>
            <numerusform>{0} von %Ln Song richtig</numerusform>
            <numerusform>{0} von %Ln Songs richtig</numerusform>
        </translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>canceled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>unterbrochen</translation>
    </message>
    <message>
        <source>{0} (95 %: {1})</source>
        <translation>{0} (95 %: {1})</translation>
    </message>
    <message>
        <source>the paper&apos;s own</source>
        <translation>das des Papers</translation>
    </message>
    <message>
        <source>a new last layer, fitted to its optimum</source>
        <translation>eine neue letzte Schicht, bis zum Optimum angepasst</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>Training</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>Begonnen</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>Dauer</translation>
    </message>
    <message>
        <source>Music</source>
        <translation>Musik</translation>
    </message>
    <message>
        <source>Made from</source>
        <translation>Entstanden aus</translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation>Rezept</translation>
    </message>
    <message>
        <source>Changed</source>
        <translation>Geändert</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>nichts</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suche</translation>
    </message>
    <message>
        <source>{0} min</source>
        <translation>{0} min</translation>
    </message>
    <message>
        <source>no</source>
        <translation>nein</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Startwert</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>not one of your models</source>
        <translation>keines deiner Modelle</translation>
    </message>
    <message>
        <source>Name of the genre</source>
        <translation>Name des Genres</translation>
    </message>
    <message>
        <source>Keep the last 30 seconds</source>
        <translation>Die letzten 30 Sekunden behalten</translation>
    </message>
    <message>
        <source>It is written as a WAV file into the folder “{0}” among your data and stays there until you delete it.</source>
        <translation>Es wird als WAV-Datei in den Ordner „{0}“ bei deinen Daten geschrieben und bleibt dort, bis du es löschst.</translation>
    </message>
    <message numerus="yes">
        <source>Play something first, on the Listen page or from any other source: at least %Ln second(s) of it are needed.</source>
        <translation>
            <numerusform>Spiele zuerst etwas ab, unter „Hören“ oder von irgendeiner anderen Quelle: mindestens %Ln Sekunde davon ist nötig.</numerusform>
            <numerusform>Spiele zuerst etwas ab, unter „Hören“ oder von irgendeiner anderen Quelle: mindestens %Ln Sekunden davon sind nötig.</numerusform>
        </translation>
    </message>
    <message>
        <source>A new word, or one of the model&apos;s</source>
        <translation>Ein neues Wort oder eines des Modells</translation>
    </message>
    <message>
        <source>Teach this word</source>
        <translation>Dieses Wort beibringen</translation>
    </message>
    <message>
        <source>The sound is kept among your recordings. The model in use learns from all of them in a moment and listens for the word; nothing leaves this computer.</source>
        <translation>Der Ton bleibt bei deinen Aufnahmen. Das verwendete Modell lernt im Nu aus allen und achtet auf das Wort; nichts verlässt diesen Rechner.</translation>
    </message>
    <message numerus="yes">
        <source>Play or select at least %Ln second(s) of something.</source>
        <translation>
            <numerusform>Spiele mindestens %Ln Sekunde von etwas ab oder wähle sie aus.</numerusform>
            <numerusform>Spiele mindestens %Ln Sekunden von etwas ab oder wähle sie aus.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The selected %Ln second(s)</source>
        <translation>
            <numerusform>Die ausgewählte Sekunde</numerusform>
            <numerusform>Die ausgewählten %Ln Sekunden</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The last %Ln second(s) of {0}</source>
        <translation>
            <numerusform>Die letzte Sekunde von {0}</numerusform>
            <numerusform>Die letzten %Ln Sekunden von {0}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Keep the last %Ln second(s)</source>
        <translation>
            <numerusform>Die letzte Sekunde behalten</numerusform>
            <numerusform>Die letzten %Ln Sekunden behalten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} · %Ln genre(s) · {1}</source>
        <translation>
            <numerusform>{0} · %Ln Genre · {1}</numerusform>
            <numerusform>{0} · %Ln Genres · {1}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} · %Ln word(s) · {1}</source>
        <translation>
            <numerusform>{0} · %Ln Wort · {1}</numerusform>
            <numerusform>{0} · %Ln Wörter · {1}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln folder(s)</source>
        <translation>
            <numerusform>%Ln Ordner</numerusform>
            <numerusform>%Ln Ordner</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln more are in the report.</source>
        <translation>
            <numerusform>%Ln weiterer steht im Bericht.</numerusform>
            <numerusform>%Ln weitere stehen im Bericht.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of the songs called {1} are {1}, over %Ln true one(s)</source>
        <translation>
            <numerusform>{0} der als {1} benannten Songs sind {1}, bei %Ln wirklichen</numerusform>
            <numerusform>{0} der als {1} benannten Songs sind {1}, bei %Ln wirklichen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of the %Ln {1} song(s) were found</source>
        <translation>
            <numerusform>{0} von %Ln {1}-Song wurde gefunden</numerusform>
            <numerusform>{0} der %Ln {1}-Songs wurden gefunden</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Harmonic mean of the two, over %Ln song(s)</source>
        <translation>
            <numerusform>Harmonisches Mittel der beiden, über %Ln Song</numerusform>
            <numerusform>Harmonisches Mittel der beiden, über %Ln Songs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln held-back song(s) correct (95 %: {1})</source>
        <translation>
            <numerusform>{0} von %Ln zurückgehaltenem Song richtig (95 %: {1})</numerusform>
            <numerusform>{0} von %Ln zurückgehaltenen Songs richtig (95 %: {1})</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln window(s)</source>
        <translation>
            <numerusform>{0} von %Ln Fenster</numerusform>
            <numerusform>{0} von %Ln Fenstern</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of the %Ln held-back song(s) are correct.</source>
        <translation>
            <numerusform>{0} von %Ln zurückgehaltenem Song sind richtig.</numerusform>
            <numerusform>{0} der %Ln zurückgehaltenen Songs sind richtig.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of its %Ln window(s) are wrong</source>
        <translation>
            <numerusform>{0} von seinem %Ln Fenster ist falsch</numerusform>
            <numerusform>{0} seiner %Ln Fenster sind falsch</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} s</source>
        <translation>{0} s</translation>
    </message>
    <message>
        <source>{0} h</source>
        <translation>{0} h</translation>
    </message>
    <message>
        <source>{0} MB</source>
        <translation>{0} MB</translation>
    </message>
    <message>
        <source>{0} GB</source>
        <translation>{0} GB</translation>
    </message>
    <message numerus="yes">
        <source>%Ln song(s)</source>
        <translation>
            <numerusform>%Ln Song</numerusform>
            <numerusform>%Ln Songs</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} min of music</source>
        <translation>{0} min Musik</translation>
    </message>
    <message>
        <source>{0} h of music</source>
        <translation>{0} h Musik</translation>
    </message>
    <message>
        <source>in no genre folder</source>
        <translation>in keinem Genre-Ordner</translation>
    </message>
    <message>
        <source>Both get the same of these {0} songs right; the 95 % interval of the difference is {1} to {2} points.</source>
        <translation>Beide benennen dieselben dieser {0} Songs richtig; das 95-%-Intervall des Unterschieds reicht von {1} bis {2} Punkten.</translation>
    </message>
    <message>
        <source>On the same {0} songs the difference is {1} points; the 95 % interval is {2} to {3}. Songs that only the first gets right: {4}; only the second: {5}.</source>
        <translation>Bei denselben {0} Songs beträgt der Unterschied {1} Punkte; das 95-%-Intervall reicht von {2} bis {3}. Songs, die nur das erste richtig erkennt: {4}; nur das zweite: {5}.</translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln song(s) by artists it never heard correct</source>
        <translation>
            <numerusform>{0} von %Ln Song richtig, von Interpreten, die es nie gehört hatte</numerusform>
            <numerusform>{0} von %Ln Songs richtig, von Interpreten, die es nie gehört hatte</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln song(s) it never heard correct</source>
        <translation>
            <numerusform>{0} von %Ln Song richtig, den es nie gehört hatte</numerusform>
            <numerusform>{0} von %Ln Songs richtig, die es nie gehört hatte</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln window(s) of them correct</source>
        <translation>
            <numerusform>{0} von %Ln Fenster daraus richtig</numerusform>
            <numerusform>{0} von %Ln Fenstern daraus richtig</numerusform>
        </translation>
    </message>
    <message>
        <source>Its scores were calibrated on the same songs and, with some recipes, the moment to stop was chosen with them, which flatters a little.</source>
        <translation>Seine Werte wurden an denselben Songs kalibriert, und bei manchen Rezepten wurde mit ihnen der Zeitpunkt zum Aufhören gewählt; das schönt ein wenig.</translation>
    </message>
    <message>
        <source>No artist is in both the songs it learned from and those it was asked.</source>
        <translation>Kein Interpret ist sowohl bei den Songs, aus denen es gelernt hat, als auch bei denen, nach denen es gefragt wurde.</translation>
    </message>
    <message>
        <source>It was asked only songs it had not learned from; artists may be in both.</source>
        <translation>Es wurde nur nach Songs gefragt, aus denen es nicht gelernt hatte; Interpreten können bei beiden sein.</translation>
    </message>
    <message>
        <source>It was then fitted once more on all of them; the numbers are those from before.</source>
        <translation>Danach wurde es noch einmal an alle angepasst; die Zahlen sind die von davor.</translation>
    </message>
    <message>
        <source>accuracy not measured</source>
        <translation>Genauigkeit nicht gemessen</translation>
    </message>
    <message>
        <source>makes new pieces</source>
        <translation>erzeugt neue Stücke</translation>
    </message>
    <message>
        <source>{0} million</source>
        <translation>{0} Millionen</translation>
    </message>
    <message>
        <source>{0} s, {1} × {2} {3}, sound at {4} kHz</source>
        <translation>{0} s, {1} × {2} {3}, Ton mit {4} kHz</translation>
    </message>
    <message>
        <source>being measured …</source>
        <translation>wird gemessen …</translation>
    </message>
    <message>
        <source>{0} of songs</source>
        <translation>{0} der Songs</translation>
    </message>
    <message>
        <source>{0} of windows</source>
        <translation>{0} der Fenster</translation>
    </message>
    <message>
        <source>{0} when the same network is trained with GenreDesk&apos;s own recipe</source>
        <translation>{0}, wenn dasselbe Netz mit GenreDesks eigenem Rezept trainiert wird</translation>
    </message>
    <message>
        <source>from {0} to {1}, each word its own; several may hold</source>
        <translation>ab {0} bis {1}, jedes Wort für sich; mehrere können zutreffen</translation>
    </message>
    <message>
        <source>from {0}; several words may hold</source>
        <translation>ab {0}; mehrere Wörter können zutreffen</translation>
    </message>
    <message>
        <source>always</source>
        <translation>immer</translation>
    </message>
    <message numerus="yes">
        <source>from {0}, which rests on %Ln song(s)</source>
        <translation>
            <numerusform>ab {0}, gestützt auf %Ln Song</numerusform>
            <numerusform>ab {0}, gestützt auf %Ln Songs</numerusform>
        </translation>
    </message>
    <message>
        <source>from {0}</source>
        <translation>ab {0}</translation>
    </message>
    <message>
        <source>Genres</source>
        <translation>Genres</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Präzision</translation>
    </message>
    <message>
        <source>Recall</source>
        <translation>Trefferquote</translation>
    </message>
    <message>
        <source>Ranked</source>
        <translation>Rangfolge</translation>
    </message>
    <message>
        <source>Songs</source>
        <translation>Songs</translation>
    </message>
    <message>
        <source>Sure from</source>
        <translation>Sicher ab</translation>
    </message>
    <message>
        <source>{0} of the songs surely called {1} have it, over {2} with it</source>
        <translation>{0} der sicher {1} genannten Songs haben es, bei {2} mit dem Wort</translation>
    </message>
    <message>
        <source>{0} of the {2} songs with {1} are surely called so</source>
        <translation>{0} der {2} Songs mit {1} werden sicher so genannt</translation>
    </message>
    <message>
        <source>Average precision: {0}. How far the {2} songs with {1} come before the others</source>
        <translation>Mittlere Präzision: {0}. Wie weit die {2} Songs mit {1} vor den anderen kommen</translation>
    </message>
    <message>
        <source>From {0} on {1} is sure, by {2} songs with it</source>
        <translation>Ab {0} ist {1} sicher, nach {2} Songs mit dem Wort</translation>
    </message>
    <message>
        <source>First word of a song is one of its own</source>
        <translation>Erstes Wort eines Songs gehört zu ihm</translation>
    </message>
    <message>
        <source>First word of a window is one of its song&apos;s</source>
        <translation>Erstes Wort eines Fensters gehört zum Song</translation>
    </message>
    <message>
        <source>Precision, mean over words</source>
        <translation>Präzision, Mittel über die Wörter</translation>
    </message>
    <message>
        <source>Recall, mean over words</source>
        <translation>Trefferquote, Mittel über die Wörter</translation>
    </message>
    <message>
        <source>Average precision, mean over words</source>
        <translation>Mittlere Präzision, Mittel über die Wörter</translation>
    </message>
    <message>
        <source>Precision of all answers</source>
        <translation>Präzision aller Antworten</translation>
    </message>
    <message>
        <source>Recall of all answers</source>
        <translation>Trefferquote aller Antworten</translation>
    </message>
    <message>
        <source>(95&#x202f;%: {0})</source>
        <translation>(95&#x202f;%: {0})</translation>
    </message>
    <message numerus="yes">
        <source>{0} ({1}) on %Ln song(s) by artists it never heard</source>
        <translation>
            <numerusform>{0} ({1}) an %Ln Song von Interpreten, die es nie gehört hatte</numerusform>
            <numerusform>{0} ({1}) an %Ln Songs von Interpreten, die es nie gehört hatte</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} ({1}) on %Ln song(s) it never heard</source>
        <translation>
            <numerusform>{0} ({1}) an %Ln Song, den es nie gehört hatte</numerusform>
            <numerusform>{0} ({1}) an %Ln Songs, die es nie gehört hatte</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} ({1}) on %Ln song(s)</source>
        <translation>
            <numerusform>{0} ({1}) an %Ln Song</numerusform>
            <numerusform>{0} ({1}) an %Ln Songs</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} ms a window on {1}</source>
        <translation>{0} ms je Fenster auf {1}</translation>
    </message>
    <message numerus="yes">
        <source>8 and 32 bits give the same genre for {0} of %Ln window(s) of music.</source>
        <translation>
            <numerusform>8 und 32 Bit nennen für {0} von %Ln Fenster Musik dasselbe Genre.</numerusform>
            <numerusform>8 und 32 Bit nennen für {0} von %Ln Fenstern Musik dasselbe Genre.</numerusform>
        </translation>
    </message>
    <message>
        <source>Windows</source>
        <translation>Fenster</translation>
    </message>
    <message>
        <source>Our recipe</source>
        <translation>Unser Rezept</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>It was never measured how often it is correct.</source>
        <translation>Wie oft es richtig liegt, wurde nie gemessen.</translation>
    </message>
    <message>
        <source>It is an autoencoder: the genre is the one that explains the sound best, and it makes new pieces of each genre</source>
        <translation>Es ist ein Autoencoder: Genre ist, was den Klang am besten erklärt, und es erzeugt neue Stücke jedes Genres</translation>
    </message>
    <message>
        <source>New pieces</source>
        <translation>Neue Stücke</translation>
    </message>
    <message>
        <source>{0}, {1} parameters</source>
        <translation>{0}, {1} Parameter</translation>
    </message>
    <message>
        <source>Speed here</source>
        <translation>Tempo hier</translation>
    </message>
    <message>
        <source>Arithmetic</source>
        <translation>Rechenart</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netz</translation>
    </message>
    <message>
        <source>Input</source>
        <translation>Eingabe</translation>
    </message>
    <message>
        <source>Sure</source>
        <translation>Sicher</translation>
    </message>
    <message>
        <source>Trained on</source>
        <translation>Trainiert mit</translation>
    </message>
    <message>
        <source>Kept apart</source>
        <translation>Getrennt gehalten</translation>
    </message>
    <message>
        <source>License</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Anmerkungen</translation>
    </message>
    <message>
        <source>Made with</source>
        <translation>Erstellt mit</translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) will change.</source>
        <translation>
            <numerusform>%Ln Datei wird geändert.</numerusform>
            <numerusform>%Ln Dateien werden geändert.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) changed</source>
        <translation>
            <numerusform>%Ln Datei geändert</numerusform>
            <numerusform>%Ln Dateien geändert</numerusform>
        </translation>
    </message>
    <message>
        <source>Write genre tags ({0}) …</source>
        <translation>Genre-Tags schreiben ({0}) …</translation>
    </message>
    <message>
        <source>Write genre tags</source>
        <translation>Genre-Tags schreiben</translation>
    </message>
    <message>
        <source>Write the tags</source>
        <translation>Tags schreiben</translation>
    </message>
    <message numerus="yes">
        <source>The tags of %Ln file(s) will be written.</source>
        <translation>
            <numerusform>Die Tags von %Ln Datei werden geschrieben.</numerusform>
            <numerusform>Die Tags von %Ln Dateien werden geschrieben.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Tags written in %Ln file(s)</source>
        <translation>
            <numerusform>Tags in %Ln Datei geschrieben</numerusform>
            <numerusform>Tags in %Ln Dateien geschrieben</numerusform>
        </translation>
    </message>
    <message>
        <source>Move into folders ({0}) …</source>
        <translation>In Ordner verschieben ({0}) …</translation>
    </message>
    <message>
        <source>Move into folders</source>
        <translation>In Ordner verschieben</translation>
    </message>
    <message>
        <source>Move the files</source>
        <translation>Dateien verschieben</translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) will be moved.</source>
        <translation>
            <numerusform>%Ln Datei wird verschoben.</numerusform>
            <numerusform>%Ln Dateien werden verschoben.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) moved</source>
        <translation>
            <numerusform>%Ln Datei verschoben</numerusform>
            <numerusform>%Ln Dateien verschoben</numerusform>
        </translation>
    </message>
    <message>
        <source>Copy into folders ({0}) …</source>
        <translation>In Ordner kopieren ({0}) …</translation>
    </message>
    <message>
        <source>Copy into folders</source>
        <translation>In Ordner kopieren</translation>
    </message>
    <message>
        <source>Copy the files</source>
        <translation>Dateien kopieren</translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) will be copied.</source>
        <translation>
            <numerusform>%Ln Datei wird kopiert.</numerusform>
            <numerusform>%Ln Dateien werden kopiert.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) copied</source>
        <translation>
            <numerusform>%Ln Datei kopiert</numerusform>
            <numerusform>%Ln Dateien kopiert</numerusform>
        </translation>
    </message>
    <message>
        <source>Make playlists ({0}) …</source>
        <translation>Wiedergabelisten anlegen ({0}) …</translation>
    </message>
    <message>
        <source>Make playlists</source>
        <translation>Wiedergabelisten anlegen</translation>
    </message>
    <message>
        <source>Write the playlists</source>
        <translation>Wiedergabelisten schreiben</translation>
    </message>
    <message numerus="yes">
        <source>%Ln playlist(s) will be written.</source>
        <translation>
            <numerusform>%Ln Wiedergabeliste wird geschrieben.</numerusform>
            <numerusform>%Ln Wiedergabelisten werden geschrieben.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln playlist(s) written</source>
        <translation>
            <numerusform>%Ln Wiedergabeliste geschrieben</numerusform>
            <numerusform>%Ln Wiedergabelisten geschrieben</numerusform>
        </translation>
    </message>
    <message>
        <source>Make XSPF playlists ({0}) …</source>
        <translation>XSPF-Wiedergabelisten anlegen ({0}) …</translation>
    </message>
    <message>
        <source>Make XSPF playlists</source>
        <translation>XSPF-Wiedergabelisten anlegen</translation>
    </message>
    <message>
        <source>Make Navidrome smart playlists ({0}) …</source>
        <translation>Intelligente Navidrome-Listen anlegen ({0}) …</translation>
    </message>
    <message>
        <source>Make Navidrome smart playlists</source>
        <translation>Intelligente Navidrome-Listen anlegen</translation>
    </message>
    <message>
        <source>Export to rekordbox ({0}) …</source>
        <translation>Nach rekordbox exportieren ({0}) …</translation>
    </message>
    <message>
        <source>Export to rekordbox</source>
        <translation>Nach rekordbox exportieren</translation>
    </message>
    <message>
        <source>Write the XML</source>
        <translation>XML schreiben</translation>
    </message>
    <message>
        <source>Export a table ({0}) …</source>
        <translation>Tabelle exportieren ({0}) …</translation>
    </message>
    <message>
        <source>Export a table</source>
        <translation>Tabelle exportieren</translation>
    </message>
    <message>
        <source>Write the table</source>
        <translation>Tabelle schreiben</translation>
    </message>
    <message numerus="yes">
        <source>%Ln table(s) will be written.</source>
        <translation>
            <numerusform>%Ln Tabelle wird geschrieben.</numerusform>
            <numerusform>%Ln Tabellen werden geschrieben.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln table(s) written</source>
        <translation>
            <numerusform>%Ln Tabelle geschrieben</numerusform>
            <numerusform>%Ln Tabellen geschrieben</numerusform>
        </translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>To check</source>
        <translation>Zu prüfen</translation>
    </message>
    <message numerus="yes">
        <source>%Ln track(s)</source>
        <translation>
            <numerusform>%Ln Titel</numerusform>
            <numerusform>%Ln Titel</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) are already as they should be.</source>
        <translation>
            <numerusform>%Ln Datei ist schon, wie sie sein soll.</numerusform>
            <numerusform>%Ln Dateien sind schon, wie sie sein sollen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln unchanged</source>
        <translation>
            <numerusform>%Ln unverändert</numerusform>
            <numerusform>%Ln unverändert</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) were skipped:</source>
        <translation>
            <numerusform>%Ln Datei wurde übersprungen:</numerusform>
            <numerusform>%Ln Dateien wurden übersprungen:</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s)</source>
        <translation>
            <numerusform>%Ln Datei</numerusform>
            <numerusform>%Ln Dateien</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln skipped</source>
        <translation>
            <numerusform>%Ln übersprungen</numerusform>
            <numerusform>%Ln übersprungen</numerusform>
        </translation>
    </message>
    <message>
        <source>Undone in part</source>
        <translation>Teilweise rückgängig gemacht</translation>
    </message>
    <message>
        <source>Undone</source>
        <translation>Rückgängig gemacht</translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation>Unterbrochen</translation>
    </message>
    <message>
        <source>Nothing done</source>
        <translation>Nichts getan</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Erledigt</translation>
    </message>
    <message>
        <source>Done in part</source>
        <translation>Teilweise erledigt</translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) go back to what they were. Files changed since then are skipped and listed.</source>
        <translation>
            <numerusform>%Ln Datei wird wieder, was sie war. Seitdem geänderte Dateien werden übersprungen und aufgeführt.</numerusform>
            <numerusform>%Ln Dateien werden wieder, was sie waren. Seitdem geänderte Dateien werden übersprungen und aufgeführt.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln were changed since</source>
        <translation>
            <numerusform>%Ln wurde seitdem geändert</numerusform>
            <numerusform>%Ln wurden seitdem geändert</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>… and %Ln more</source>
        <translation>
            <numerusform>… und %Ln weitere</numerusform>
            <numerusform>… und %Ln weitere</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Restored %Ln file(s).</source>
        <translation>
            <numerusform>%Ln Datei wiederhergestellt.</numerusform>
            <numerusform>%Ln Dateien wiederhergestellt.</numerusform>
        </translation>
    </message>
    <message>
        <source>It is no longer there.</source>
        <translation>Sie ist nicht mehr da.</translation>
    </message>
    <message>
        <source>It was changed since.</source>
        <translation>Sie wurde seitdem geändert.</translation>
    </message>
    <message numerus="yes">
        <source>{0} (%Ln more like this.)</source>
        <translation>
            <numerusform>{0} (%Ln weitere wie diese.)</numerusform>
            <numerusform>{0} (%Ln weitere wie diese.)</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln track(s) were listened to.</source>
        <translation>
            <numerusform>%Ln Titel wurde angehört.</numerusform>
            <numerusform>%Ln Titel wurden angehört.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln could not be read; see “Unreadable”.</source>
        <translation>
            <numerusform>%Ln war nicht lesbar; siehe „Unlesbar“.</numerusform>
            <numerusform>%Ln waren nicht lesbar; siehe „Unlesbar“.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln are no longer where they were.</source>
        <translation>
            <numerusform>%Ln ist nicht mehr, wo er war.</numerusform>
            <numerusform>%Ln sind nicht mehr, wo sie waren.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The library still shows what {0} heard. Listen to %Ln track(s) again with {1}?</source>
        <translation>
            <numerusform>Die Bibliothek zeigt noch, was {0} gehört hat. %Ln Titel noch einmal mit {1} anhören?</numerusform>
            <numerusform>Die Bibliothek zeigt noch, was {0} gehört hat. %Ln Titel noch einmal mit {1} anhören?</numerusform>
        </translation>
    </message>
    <message>
        <source>Listen again</source>
        <translation>Neu anhören</translation>
    </message>
    <message numerus="yes">
        <source>%Ln track(s) would get a genre from there.</source>
        <translation>
            <numerusform>%Ln Titel bekäme von dort ein Genre.</numerusform>
            <numerusform>%Ln Titel bekämen von dort ein Genre.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln would get the name of its playlist.</source>
        <translation>
            <numerusform>%Ln bekäme den Namen seiner Wiedergabeliste.</numerusform>
            <numerusform>%Ln bekämen den Namen ihrer Wiedergabeliste.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln track(s) with a genre of yours will keep it.</source>
        <translation>
            <numerusform>%Ln Titel mit eigenem Genre behält es.</numerusform>
            <numerusform>%Ln Titel mit eigenem Genre behalten es.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln track(s) outside this library.</source>
        <translation>
            <numerusform>%Ln Titel außerhalb dieser Bibliothek.</numerusform>
            <numerusform>%Ln Titel außerhalb dieser Bibliothek.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln track(s) not analyzed yet and left out.</source>
        <translation>
            <numerusform>%Ln Titel noch nicht analysiert und ausgelassen.</numerusform>
            <numerusform>%Ln Titel noch nicht analysiert und ausgelassen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Genre of %Ln track(s)</source>
        <translation>
            <numerusform>Genre von %Ln Titel</numerusform>
            <numerusform>Genre von %Ln Titeln</numerusform>
        </translation>
    </message>
    <message>
        <source>How sure it must be of {0}</source>
        <translation>Wie sicher {0} sein muss</translation>
    </message>
    <message>
        <source>as the model says</source>
        <translation>wie das Modell es sagt</translation>
    </message>
    <message>
        <source>Names written for {0}</source>
        <translation>Für {0} geschriebene Namen</translation>
    </message>
    <message>
        <source>not written</source>
        <translation>nicht geschrieben</translation>
    </message>
    <message>
        <source>Play on the Listen page</source>
        <translation>Unter „Hören“ abspielen</translation>
    </message>
    <message>
        <source>Preview here</source>
        <translation>Hier vorhören</translation>
    </message>
    <message>
        <source>More like this</source>
        <translation>Ähnliche Titel</translation>
    </message>
    <message>
        <source>Confirm</source>
        <translation>Bestätigen</translation>
    </message>
    <message>
        <source>Set the genre …</source>
        <translation>Genre festlegen …</translation>
    </message>
    <message>
        <source>Clear my genre</source>
        <translation>Mein Genre entfernen</translation>
    </message>
    <message>
        <source>Title</source>
        <translation>Titel</translation>
    </message>
    <message>
        <source>Artist</source>
        <translation>Interpret</translation>
    </message>
    <message>
        <source>Album</source>
        <translation>Album</translation>
    </message>
    <message>
        <source>Tag</source>
        <translation>Tag</translation>
    </message>
    <message>
        <source>Heard</source>
        <translation>Gehört</translation>
    </message>
    <message>
        <source>Over time</source>
        <translation>Im Verlauf</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>Länge</translation>
    </message>
    <message>
        <source>Added</source>
        <translation>Hinzugefügt</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>It cannot be read</source>
        <translation>Sie ist nicht lesbar</translation>
    </message>
    <message>
        <source>Its drive is not connected; nothing is lost</source>
        <translation>Das Laufwerk ist nicht angeschlossen; nichts ist verloren</translation>
    </message>
    <message>
        <source>The file is no longer where it was</source>
        <translation>Die Datei ist nicht mehr, wo sie war</translation>
    </message>
    <message>
        <source>You set its genre; analyzing leaves it alone</source>
        <translation>Du hast das Genre festgelegt; die Analyse lässt es in Ruhe</translation>
    </message>
    <message>
        <source>Waiting to be listened to</source>
        <translation>Wartet darauf, angehört zu werden</translation>
    </message>
    <message>
        <source>Not heard yet</source>
        <translation>Noch nicht gehört</translation>
    </message>
    <message>
        <source>No tag</source>
        <translation>Kein Tag</translation>
    </message>
    <message>
        <source>No tag, or no genre heard</source>
        <translation>Kein Tag oder kein Genre gehört</translation>
    </message>
    <message>
        <source>No genre heard</source>
        <translation>Kein Genre gehört</translation>
    </message>
    <message>
        <source>No artist</source>
        <translation>Kein Interpret</translation>
    </message>
    <message>
        <source>No album</source>
        <translation>Kein Album</translation>
    </message>
    <message>
        <source>The only copy</source>
        <translation>Die einzige Kopie</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keines</translation>
    </message>
    <message>
        <source>Probable</source>
        <translation>Wahrscheinlich</translation>
    </message>
    <message>
        <source>Between two</source>
        <translation>Zwischen zweien</translation>
    </message>
    <message>
        <source>Can&apos;t tell</source>
        <translation>Unklar</translation>
    </message>
    <message>
        <source>Set by you</source>
        <translation>Von dir festgelegt</translation>
    </message>
    <message>
        <source>Silence</source>
        <translation>Stille</translation>
    </message>
    <message>
        <source>Tag differs</source>
        <translation>Tag weicht ab</translation>
    </message>
    <message>
        <source>Tag agrees</source>
        <translation>Tag stimmt überein</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Wartet</translation>
    </message>
    <message>
        <source>Listened to</source>
        <translation>Angehört</translation>
    </message>
    <message>
        <source>Unreadable</source>
        <translation>Unlesbar</translation>
    </message>
    <message>
        <source>Missing</source>
        <translation>Fehlt</translation>
    </message>
    <message>
        <source>Drive not connected</source>
        <translation>Laufwerk nicht angeschlossen</translation>
    </message>
    <message numerus="yes">
        <source>%Ln day(s)</source>
        <translation>
            <numerusform>%Ln Tag</numerusform>
            <numerusform>%Ln Tage</numerusform>
        </translation>
    </message>
    <message>
        <source>Next track to check</source>
        <translation>Nächster zu prüfender Titel</translation>
    </message>
    <message>
        <source>Previous track to check</source>
        <translation>Voriger zu prüfender Titel</translation>
    </message>
    <message>
        <source>Preview here, or stop</source>
        <translation>Hier vorhören oder anhalten</translation>
    </message>
    <message numerus="yes">
        <source>%Ln track(s), {0}, as {1} hears them</source>
        <translation>
            <numerusform>%Ln Titel, {0}, wie {1} ihn hört</numerusform>
            <numerusform>%Ln Titel, {0}, wie {1} sie hört</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Show %Ln track(s) in the table</source>
        <translation>
            <numerusform>%Ln Titel in der Tabelle zeigen</numerusform>
            <numerusform>%Ln Titel in der Tabelle zeigen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln decided</source>
        <translation>
            <numerusform>%Ln entschieden</numerusform>
            <numerusform>%Ln entschieden</numerusform>
        </translation>
    </message>
    <message>
        <source>Words are looked for in title, artist, album and path.</source>
        <translation>Wörter werden in Titel, Interpret, Album und Pfad gesucht.</translation>
    </message>
    <message>
        <source>tag:!=heard: the tag says something else.</source>
        <translation>tag:!=heard: Der Tag sagt etwas anderes.</translation>
    </message>
    <message>
        <source>OR, NOT (or -) and parentheses combine them.</source>
        <translation>OR, NOT (oder -) und Klammern verknüpfen sie.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln core(s)</source>
        <translation>
            <numerusform>%Ln Kern</numerusform>
            <numerusform>%Ln Kerne</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation>{0} von {1}</translation>
    </message>
    <message>
        <source>{0} a second</source>
        <translation>{0} je Sekunde</translation>
    </message>
    <message>
        <source>{0} a minute</source>
        <translation>{0} je Minute</translation>
    </message>
    <message>
        <source>less than a minute left</source>
        <translation>noch weniger als eine Minute</translation>
    </message>
    <message>
        <source>{0} min left</source>
        <translation>noch {0} min</translation>
    </message>
    <message>
        <source>{0} h left</source>
        <translation>noch {0} h</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>Open files</source>
        <translation>Dateien öffnen</translation>
    </message>
    <message>
        <source>Open a folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Save picture, log, sound or scores</source>
        <translation>Bild, Protokoll, Ton oder Werte speichern</translation>
    </message>
    <message>
        <source>Show the list of files</source>
        <translation>Dateiliste zeigen</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Other programs …</source>
        <translation>Andere Programme …</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>&amp;Playback</source>
        <translation>&amp;Wiedergabe</translation>
    </message>
    <message>
        <source>Play or pause</source>
        <translation>Abspielen oder pausieren</translation>
    </message>
    <message>
        <source>Play or pause; pause a live source</source>
        <translation>Abspielen oder pausieren; eine Live-Quelle pausieren</translation>
    </message>
    <message>
        <source>Back 5 seconds</source>
        <translation>5 Sekunden zurück</translation>
    </message>
    <message>
        <source>Forward 5 seconds</source>
        <translation>5 Sekunden vor</translation>
    </message>
    <message>
        <source>Next file</source>
        <translation>Nächste Datei</translation>
    </message>
    <message>
        <source>Previous file</source>
        <translation>Vorige Datei</translation>
    </message>
    <message>
        <source>Start of the file, then the file before</source>
        <translation>Anfang der Datei, dann die Datei davor</translation>
    </message>
    <message>
        <source>Loop the file</source>
        <translation>Datei wiederholen</translation>
    </message>
    <message>
        <source>Louder</source>
        <translation>Lauter</translation>
    </message>
    <message>
        <source>Quieter</source>
        <translation>Leiser</translation>
    </message>
    <message>
        <source>Mute</source>
        <translation>Stummschalten</translation>
    </message>
    <message>
        <source>T&amp;imeline</source>
        <translation>&amp;Zeitleiste</translation>
    </message>
    <message>
        <source>Freeze the picture</source>
        <translation>Bild einfrieren</translation>
    </message>
    <message>
        <source>Log of what was heard</source>
        <translation>Protokoll des Gehörten</translation>
    </message>
    <message>
        <source>Teach what is playing …</source>
        <translation>Beibringen, was gerade läuft …</translation>
    </message>
    <message>
        <source>Show less time</source>
        <translation>Weniger Zeit zeigen</translation>
    </message>
    <message>
        <source>Show more time</source>
        <translation>Mehr Zeit zeigen</translation>
    </message>
    <message>
        <source>Look earlier</source>
        <translation>Früheres ansehen</translation>
    </message>
    <message>
        <source>Look later</source>
        <translation>Späteres ansehen</translation>
    </message>
    <message>
        <source>Show everything</source>
        <translation>Alles zeigen</translation>
    </message>
    <message>
        <source>Back to now</source>
        <translation>Zurück zum Jetzt</translation>
    </message>
    <message>
        <source>Show fewer frequencies</source>
        <translation>Weniger Frequenzen zeigen</translation>
    </message>
    <message>
        <source>Show more frequencies</source>
        <translation>Mehr Frequenzen zeigen</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>Go to Listen</source>
        <translation>Zu „Hören“</translation>
    </message>
    <message>
        <source>Go to Library</source>
        <translation>Zu „Bibliothek“</translation>
    </message>
    <message>
        <source>Go to Train</source>
        <translation>Zu „Trainieren“</translation>
    </message>
    <message>
        <source>Go to Models</source>
        <translation>Zu „Modelle“</translation>
    </message>
    <message>
        <source>Stage</source>
        <translation>Bühne</translation>
    </message>
    <message>
        <source>Stage: a window with only the genre</source>
        <translation>Bühne: ein Fenster nur mit dem Genre</translation>
    </message>
    <message>
        <source>Larger text</source>
        <translation>Größerer Text</translation>
    </message>
    <message>
        <source>Smaller text</source>
        <translation>Kleinerer Text</translation>
    </message>
    <message>
        <source>Usual size of text</source>
        <translation>Übliche Textgröße</translation>
    </message>
    <message>
        <source>Filter the tracks, or find a model</source>
        <translation>Titel filtern oder ein Modell finden</translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation>Vollbild</translation>
    </message>
    <message>
        <source>&amp;Library</source>
        <translation>&amp;Bibliothek</translation>
    </message>
    <message>
        <source>Add a folder …</source>
        <translation>Ordner hinzufügen …</translation>
    </message>
    <message>
        <source>Look through the folders now</source>
        <translation>Ordner jetzt durchsehen</translation>
    </message>
    <message>
        <source>Read all tags again</source>
        <translation>Alle Tags neu lesen</translation>
    </message>
    <message>
        <source>A folder is elsewhere now …</source>
        <translation>Ein Ordner liegt jetzt woanders …</translation>
    </message>
    <message>
        <source>Tracks</source>
        <translation>Titel</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Decide conflicts</source>
        <translation>Konflikte entscheiden</translation>
    </message>
    <message>
        <source>Decide what teaches most</source>
        <translation>Entscheiden, was am meisten lehrt</translation>
    </message>
    <message>
        <source>Find duplicates</source>
        <translation>Duplikate suchen</translation>
    </message>
    <message>
        <source>Genre names and thresholds</source>
        <translation>Genrenamen und Schwellen</translation>
    </message>
    <message>
        <source>Rules …</source>
        <translation>Regeln …</translation>
    </message>
    <message>
        <source>Genres from a rekordbox XML …</source>
        <translation>Genres aus einem rekordbox-XML …</translation>
    </message>
    <message>
        <source>Train on my corrections</source>
        <translation>Mit meinen Korrekturen trainieren</translation>
    </message>
    <message>
        <source>&amp;Train</source>
        <translation>&amp;Trainieren</translation>
    </message>
    <message>
        <source>Page before</source>
        <translation>Vorige Seite</translation>
    </message>
    <message>
        <source>Next page</source>
        <translation>Nächste Seite</translation>
    </message>
    <message>
        <source>History of trainings</source>
        <translation>Verlauf der Trainings</translation>
    </message>
    <message>
        <source>Add music …</source>
        <translation>Musik hinzufügen …</translation>
    </message>
    <message>
        <source>&amp;Models</source>
        <translation>&amp;Modelle</translation>
    </message>
    <message>
        <source>Import …</source>
        <translation>Importieren …</translation>
    </message>
    <message>
        <source>Export …</source>
        <translation>Exportieren …</translation>
    </message>
    <message>
        <source>Test the devices</source>
        <translation>Geräte testen</translation>
    </message>
    <message>
        <source>Keyboard map</source>
        <translation>Tastenübersicht</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>Rename the genre</source>
        <translation>Genre umbenennen</translation>
    </message>
    <message>
        <source>Manual</source>
        <translation>Handbuch</translation>
    </message>
    <message>
        <source>This map</source>
        <translation>Diese Übersicht</translation>
    </message>
    <message>
        <source>First steps …</source>
        <translation>Erste Schritte …</translation>
    </message>
    <message>
        <source>Check the installation …</source>
        <translation>Installation prüfen …</translation>
    </message>
    <message>
        <source>Save a report …</source>
        <translation>Bericht speichern …</translation>
    </message>
    <message>
        <source>Close the stage</source>
        <translation>Bühne schließen</translation>
    </message>
    <message>
        <source>Playing</source>
        <translation>Wiedergabe</translation>
    </message>
    <message>
        <source>In the library&apos;s table</source>
        <translation>In der Tabelle der Bibliothek</translation>
    </message>
    <message>
        <source>Timeline</source>
        <translation>Zeitleiste</translation>
    </message>
    <message>
        <source>Everything else</source>
        <translation>Alles andere</translation>
    </message>
    <message>
        <source>Set the genre of the selected tracks</source>
        <translation>Genre der ausgewählten Titel festlegen</translation>
    </message>
    <message>
        <source>A letter</source>
        <translation>Ein Buchstabe</translation>
    </message>
    <message>
        <source>Set any genre by its first letters</source>
        <translation>Ein beliebiges Genre über seine Anfangsbuchstaben festlegen</translation>
    </message>
    <message>
        <source>Wheel, drag</source>
        <translation>Mausrad, ziehen</translation>
    </message>
    <message>
        <source>Look earlier or later</source>
        <translation>Früheres oder Späteres ansehen</translation>
    </message>
    <message>
        <source>Ctrl+Wheel</source>
        <translation>Strg+Mausrad</translation>
    </message>
    <message>
        <source>Show more or less time</source>
        <translation>Mehr oder weniger Zeit zeigen</translation>
    </message>
    <message>
        <source>Shift+Drag</source>
        <translation>Umschalt+Ziehen</translation>
    </message>
    <message>
        <source>Select; in the ribbon without Shift</source>
        <translation>Auswählen; im Band ohne Umschalt</translation>
    </message>
    <message numerus="yes">
        <source>Measured on %Ln song(s) the model had not learned from.</source>
        <translation>
            <numerusform>Gemessen an %Ln Song, aus dem das Modell nicht gelernt hatte.</numerusform>
            <numerusform>Gemessen an %Ln Songs, aus denen das Modell nicht gelernt hatte.</numerusform>
        </translation>
    </message>
    <message>
        <source>Text file</source>
        <translation>Textdatei</translation>
    </message>
    <message>
        <source>The genre of the moment, for streaming software that shows a file</source>
        <translation>Das Genre des Augenblicks, für Streaming-Programme, die eine Datei zeigen</translation>
    </message>
    <message>
        <source>Web page and WebSocket</source>
        <translation>Webseite und WebSocket</translation>
    </message>
    <message>
        <source>A page to lay over a stream (OBS browser source), and JSON for your own programs</source>
        <translation>Eine Seite zum Einblenden in einen Stream (OBS-Browserquelle) und JSON für eigene Programme</translation>
    </message>
    <message>
        <source>OSC</source>
        <translation>OSC</translation>
    </message>
    <message>
        <source>For lights and visuals: QLC+, Resolume, TouchDesigner, Chataigne, Max</source>
        <translation>Für Licht und Visuals: QLC+, Resolume, TouchDesigner, Chataigne, Max</translation>
    </message>
    <message>
        <source>MQTT</source>
        <translation>MQTT</translation>
    </message>
    <message>
        <source>For home automation: Home Assistant finds it by itself; WLED lights</source>
        <translation>Für die Hausautomation: Home Assistant findet es von selbst; WLED-Lichter</translation>
    </message>
    <message>
        <source>Media keys (MPRIS)</source>
        <translation>Medientasten (MPRIS)</translation>
    </message>
    <message>
        <source>Keys and the desktop&apos;s player control steer the player and show the genre</source>
        <translation>Tasten und die Wiedergabesteuerung des Desktops bedienen den Player und zeigen das Genre</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Name or IP address of the other computer</source>
        <translation>Name oder IP-Adresse des anderen Rechners</translation>
    </message>
    <message>
        <source>127.0.0.1: only this computer; 0.0.0.0: the whole network, with a token</source>
        <translation>127.0.0.1: nur dieser Rechner; 0.0.0.0: das ganze Netzwerk, mit Token</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Port</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Benutzer</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>Passwort</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>What others must show when it is open to the network</source>
        <translation>Was andere vorzeigen müssen, wenn es im Netzwerk offen ist</translation>
    </message>
    <message>
        <source>none on this computer; else made at every start</source>
        <translation>auf diesem Rechner keines; sonst bei jedem Start ein neues</translation>
    </message>
    <message>
        <source>Prefix</source>
        <translation>Präfix</translation>
    </message>
    <message>
        <source>First part of every OSC address</source>
        <translation>Erster Teil jeder OSC-Adresse</translation>
    </message>
    <message>
        <source>Topic</source>
        <translation>Topic</translation>
    </message>
    <message>
        <source>The answer is retained in &lt;topic&gt;/state</source>
        <translation>Die Antwort wird in &lt;topic&gt;/state vorgehalten</translation>
    </message>
    <message>
        <source>TLS</source>
        <translation>TLS</translation>
    </message>
    <message>
        <source>Encrypt the connection (usually port 8883)</source>
        <translation>Verbindung verschlüsseln (meist Port 8883)</translation>
    </message>
    <message>
        <source>Certificate</source>
        <translation>Zertifikat</translation>
    </message>
    <message>
        <source>File with the broker&apos;s certificate, when the system does not know it</source>
        <translation>Datei mit dem Zertifikat des Brokers, falls das System es nicht kennt</translation>
    </message>
    <message>
        <source>the system&apos;s</source>
        <translation>das des Systems</translation>
    </message>
    <message>
        <source>Home Assistant</source>
        <translation>Home Assistant</translation>
    </message>
    <message>
        <source>Its discovery prefix; empty: sensors do not appear there</source>
        <translation>Sein Discovery-Präfix; leer: Sensoren erscheinen dort nicht</translation>
    </message>
    <message>
        <source>WLED topic</source>
        <translation>WLED-Topic</translation>
    </message>
    <message>
        <source>Lights of this topic take the genre&apos;s color</source>
        <translation>Lichter dieses Topics nehmen die Farbe des Genres an</translation>
    </message>
    <message>
        <source>none; for example wled/all</source>
        <translation>keines; zum Beispiel wled/all</translation>
    </message>
    <message>
        <source>{0} (in use)</source>
        <translation>{0} (in Gebrauch)</translation>
    </message>
    <message>
        <source>Its card tells nothing by genre. Measure it on your songs to see more.</source>
        <translation>Seine Karte sagt nichts je Genre. Miss es an deinen Songs, um mehr zu sehen.</translation>
    </message>
    <message>
        <source>By its card, on {0}. What it confuses and how far its scores can be trusted is shown when you measure it on your songs.</source>
        <translation>Laut seiner Karte, an {0}. Was es verwechselt und wie weit man seinen Werten trauen kann, siehst du, wenn du es an deinen Songs misst.</translation>
    </message>
    <message>
        <source>On your {0} in {1}</source>
        <translation>An deinen {0} in {1}</translation>
    </message>
    <message>
        <source>On your {0}, held back in its training</source>
        <translation>An deinen {0}, beim Training zurückgehalten</translation>
    </message>
    <message>
        <source>{0} ({1}) on your {2}</source>
        <translation>{0} ({1}) an deinen {2}</translation>
    </message>
    <message>
        <source>; on {0} of them {1}, {2} {3}</source>
        <translation>; an {0} davon {1}, {2} {3}</translation>
    </message>
    <message>
        <source>; {0} {1} on the same</source>
        <translation>; {0} {1} an denselben</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>Details kopieren</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Noch einmal versuchen</translation>
    </message>
    <message>
        <source>{0} is back; listening goes on.</source>
        <translation>{0} ist wieder da; es wird weiter zugehört.</translation>
    </message>
    <message>
        <source>{0} kHz</source>
        <translation>{0} kHz</translation>
    </message>
    <message>
        <source>{0} Hz</source>
        <translation>{0} Hz</translation>
    </message>
    <message numerus="yes">
        <source>%Ln genre(s) are too many to draw. The list names the songs.</source>
        <translation>
            <numerusform>%Ln Genre ist zu viel zum Zeichnen. Die Liste nennt die Songs.</numerusform>
            <numerusform>%Ln Genres sind zu viele zum Zeichnen. Die Liste nennt die Songs.</numerusform>
        </translation>
    </message>
    <message>
        <source>Words that songs have, and words they are surely called</source>
        <translation>Wörter, die Songs haben, und Wörter, die sie sicher bekommen</translation>
    </message>
    <message numerus="yes">
        <source>%Ln song(s) with {0} are surely called {1}</source>
        <translation>
            <numerusform>%Ln Song mit {0} wird sicher {1} genannt</numerusform>
            <numerusform>%Ln Songs mit {0} werden sicher {1} genannt</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln {1} song(s) were correct</source>
        <translation>
            <numerusform>{0} von %Ln {1}-Song war richtig</numerusform>
            <numerusform>{0} von %Ln {1}-Songs waren richtig</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0} of %Ln {1} song(s) were called {2}</source>
        <translation>
            <numerusform>{0} von %Ln {1}-Song wurde {2} genannt</numerusform>
            <numerusform>{0} von %Ln {1}-Songs wurden {2} genannt</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln song(s) between {0} and {1} long, half of them under {2}</source>
        <translation>
            <numerusform>%Ln Song zwischen {0} und {1} Länge, die Hälfte davon unter {2}</numerusform>
            <numerusform>%Ln Songs zwischen {0} und {1} Länge, die Hälfte davon unter {2}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) of this genre have a problem; see the list</source>
        <translation>
            <numerusform>%Ln Datei dieses Genres hat ein Problem; siehe Liste</numerusform>
            <numerusform>%Ln Dateien dieses Genres haben ein Problem; siehe Liste</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln usable song(s), {0} hours of music in all</source>
        <translation>
            <numerusform>%Ln brauchbarer Song, insgesamt {0} Stunden Musik</numerusform>
            <numerusform>%Ln brauchbare Songs, insgesamt {0} Stunden Musik</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln window(s) with a score around {0}: {1} correct</source>
        <translation>
            <numerusform>%Ln Fenster mit einem Wert um {0}: {1} richtig</numerusform>
            <numerusform>%Ln Fenster mit einem Wert um {0}: {1} richtig</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} must be between {1} and {2}.</source>
        <translation>{0} muss zwischen {1} und {2} liegen.</translation>
    </message>
    <message>
        <source>{0} must be a whole number.</source>
        <translation>{0} muss eine ganze Zahl sein.</translation>
    </message>
    <message>
        <source>{0} must be a number, such as 0.001 or 1e-3.</source>
        <translation>{0} muss eine Zahl sein, etwa 0,001 oder 1e-3.</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Heard: {0}</source>
        <translation>Gehört: {0}</translation>
    </message>
    <message>
        <source>then {0}</source>
        <translation>dann {0}</translation>
    </message>
    <message>
        <source>Safe mode: there is no sound, and settings are neither read nor kept. Start GenreDesk without --safe-mode to have both again.</source>
        <translation>Abgesicherter Modus: Es gibt keinen Ton, und Einstellungen werden weder gelesen noch behalten. Starte GenreDesk ohne --safe-mode, um beides wieder zu haben.</translation>
    </message>
    <message>
        <source>Something unexpected happened ({0}). GenreDesk keeps running; restart it if something no longer works.</source>
        <translation>Etwas Unerwartetes ist passiert ({0}). GenreDesk läuft weiter; starte es neu, wenn etwas nicht mehr geht.</translation>
    </message>
    <message>
        <source>The manual is not built yet: run “make docs” in GenreDesk&apos;s folder.</source>
        <translation>Das Handbuch ist noch nicht gebaut: Führe im Ordner von GenreDesk „make docs“ aus.</translation>
    </message>
    <message>
        <source>No web browser was found to show the manual: it is {0}.</source>
        <translation>Kein Webbrowser gefunden, der das Handbuch zeigt: Es liegt in {0}.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln part(s) need attention:</source>
        <translation>
            <numerusform>%Ln Teil braucht Aufmerksamkeit:</numerusform>
            <numerusform>%Ln Teile brauchen Aufmerksamkeit:</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln track(s) are read once more first.</source>
        <translation>
            <numerusform>%Ln Titel wird zuerst noch einmal gelesen.</numerusform>
            <numerusform>%Ln Titel werden zuerst noch einmal gelesen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln recording(s) with several files.</source>
        <translation>
            <numerusform>%Ln Aufnahme mit mehreren Dateien.</numerusform>
            <numerusform>%Ln Aufnahmen mit mehreren Dateien.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln spare copy(ies) selected; Organize moves them.</source>
        <translation>
            <numerusform>%Ln überzählige Kopie ausgewählt; „Ordnen“ verschiebt sie.</numerusform>
            <numerusform>%Ln überzählige Kopien ausgewählt; „Ordnen“ verschiebt sie.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0}: several words for {1} of %Ln song(s): {2}</source>
        <translation>
            <numerusform>{0}: mehrere Wörter für {1} von %Ln Song: {2}</numerusform>
            <numerusform>{0}: mehrere Wörter für {1} von %Ln Songs: {2}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Compare with %Ln model(s)</source>
        <translation>
            <numerusform>Mit %Ln Modell vergleichen</numerusform>
            <numerusform>Mit %Ln Modellen vergleichen</numerusform>
        </translation>
    </message>
    <message>
        <source>Compare with …</source>
        <translation>Vergleichen mit …</translation>
    </message>
    <message numerus="yes">
        <source>Compared by the %Ln word(s) all of them know: {0}.</source>
        <translation>
            <numerusform>Verglichen nach dem %Ln Wort, das alle kennen: {0}.</numerusform>
            <numerusform>Verglichen nach den %Ln Wörtern, die alle kennen: {0}.</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} as {1}</source>
        <translation>{0} als {1}</translation>
    </message>
    <message>
        <source>{0} counts {1}.</source>
        <translation>Bei {0} zählt {1}.</translation>
    </message>
    <message numerus="yes">
        <source>They disagree on {0} of %Ln song(s):</source>
        <translation>
            <numerusform>Sie sind sich bei {0} von %Ln Song uneins:</numerusform>
            <numerusform>Sie sind sich bei {0} von %Ln Songs uneins:</numerusform>
        </translation>
    </message>
    <message>
        <source>Genres along the track, {0}</source>
        <translation>Genres entlang des Titels, {0}</translation>
    </message>
    <message>
        <source>needs {0} s of sound</source>
        <translation>braucht {0} s Ton</translation>
    </message>
    <message>
        <source>Agrees</source>
        <translation>Stimmt überein</translation>
    </message>
    <message>
        <source>Disagrees</source>
        <translation>Widerspricht</translation>
    </message>
    <message>
        <source>Can&apos;t compare</source>
        <translation>Nicht vergleichbar</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>In Gebrauch</translation>
    </message>
    <message>
        <source>COMPARE MODELS</source>
        <translation>MODELLE VERGLEICHEN</translation>
    </message>
    <message numerus="yes">
        <source>%Ln of {0} disagree(s)</source>
        <translation>
            <numerusform>%Ln von {0} widerspricht</numerusform>
            <numerusform>%Ln von {0} widersprechen</numerusform>
        </translation>
    </message>
    <message>
        <source>perhaps {0}, {1}</source>
        <translation>vielleicht {0}, {1}</translation>
    </message>
</context>
<context>
    <name>Advanced</name>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>Prozessor</translation>
    </message>
    <message>
        <source>NVIDIA or AMD graphics card</source>
        <translation>Grafikkarte von NVIDIA oder AMD</translation>
    </message>
    <message>
        <source>Apple graphics</source>
        <translation>Apple-Grafik</translation>
    </message>
    <message>
        <source>Front end</source>
        <translation>Frontend</translation>
    </message>
    <message>
        <source>its own</source>
        <translation>sein eigenes</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Startwert</translation>
    </message>
    <message>
        <source> min</source>
        <translation> min</translation>
    </message>
    <message>
        <source>off</source>
        <translation>aus</translation>
    </message>
    <message>
        <source>Search for a better recipe, minutes</source>
        <translation>Nach einem besseren Rezept suchen, Minuten</translation>
    </message>
    <message>
        <source>Reset to the recipe&apos;s values</source>
        <translation>Auf die Werte des Rezepts zurücksetzen</translation>
    </message>
    <message>
        <source>device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>search</source>
        <translation>Suche</translation>
    </message>
    <message>
        <source>Random seed: the same seed gives the same network.</source>
        <translation>Zufallsstartwert: Derselbe Startwert ergibt dasselbe Netz.</translation>
    </message>
    <message>
        <source>seed</source>
        <translation>Startwert</translation>
    </message>
    <message>
        <source>front end</source>
        <translation>Frontend</translation>
    </message>
    <message>
        <source>network</source>
        <translation>Netz</translation>
    </message>
    <message>
        <source>How sound becomes what the network sees.</source>
        <translation>Wie aus Klang wird, was das Netz sieht.</translation>
    </message>
    <message>
        <source>That of the model it continues from.</source>
        <translation>Das des Modells, mit dem es weitergeht.</translation>
    </message>
    <message>
        <source>The fastest that works is taken.</source>
        <translation>Das schnellste, das funktioniert, wird genommen.</translation>
    </message>
    <message>
        <source>Quick mode finds its one value by itself.</source>
        <translation>Der schnelle Weg findet seinen einen Wert selbst.</translation>
    </message>
    <message>
        <source>Tries other recipes for that long and keeps the best network.</source>
        <translation>Probiert so lange andere Rezepte aus und behält das beste Netz.</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keines</translation>
    </message>
</context>
<context>
    <name>AlsoChips</name>
    <message>
        <source>Also heard</source>
        <translation>Auch gehört</translation>
    </message>
</context>
<context>
    <name>Analysis</name>
    <message>
        <source>analyzing {0}</source>
        <translation>{0} analysieren</translation>
    </message>
    <message>
        <source>naming the list</source>
        <translation>die Liste benennen</translation>
    </message>
</context>
<context>
    <name>ArchitectureField</name>
    <message>
        <source>Fields of the network</source>
        <translation>Felder des Netzes</translation>
    </message>
    <message>
        <source>This network has no field {0}.</source>
        <translation>Dieses Netz hat kein Feld {0}.</translation>
    </message>
    <message>
        <source>{0} cannot be {1}; it is {2} by itself.</source>
        <translation>{0} kann nicht {1} sein; von sich aus ist es {2}.</translation>
    </message>
    <message>
        <source>The network&apos;s own: {0}</source>
        <translation>Vom Netz vorgegeben: {0}</translation>
    </message>
    <message>
        <source>This network has nothing to set, or continues from a model.</source>
        <translation>Dieses Netz hat nichts einzustellen oder baut auf einem Modell auf.</translation>
    </message>
</context>
<context>
    <name>AskWord</name>
    <message>
        <source>Teach what is playing</source>
        <translation>Beibringen, was gerade läuft</translation>
    </message>
    <message>
        <source>TEACH WHAT IS PLAYING</source>
        <translation>BEIBRINGEN, WAS GERADE LÄUFT</translation>
    </message>
    <message>
        <source>What is it called?</source>
        <translation>Wie heißt es?</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Message</source>
        <translation>Meldung</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>Diese Meldung schließen</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Warnung</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>Fehler</translation>
    </message>
</context>
<context>
    <name>BesideController</name>
    <message>
        <source>opening models to compare</source>
        <translation>die Modelle zum Vergleichen öffnen</translation>
    </message>
</context>
<context>
    <name>BesidePanel</name>
    <message>
        <source>Compare models on what is heard</source>
        <translation>Modelle an dem vergleichen, was zu hören ist</translation>
    </message>
    <message>
        <source>Compare with other models on the same sound</source>
        <translation>Mit anderen Modellen am selben Ton vergleichen</translation>
    </message>
    <message>
        <source>Compare no longer</source>
        <translation>Nicht mehr vergleichen</translation>
    </message>
    <message>
        <source>Choose up to three models that hear the same sound.</source>
        <translation>Wähle bis zu drei Modelle, die denselben Ton hören.</translation>
    </message>
    <message>
        <source>All that answer agree</source>
        <translation>Alle, die antworten, stimmen überein</translation>
    </message>
</context>
<context>
    <name>BigLabel</name>
    <message>
        <source>Genre heard now</source>
        <translation>Jetzt gehörtes Genre</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>Bereit</translation>
    </message>
    <message>
        <source>Press play to listen</source>
        <translation>Zum Zuhören auf Wiedergabe drücken</translation>
    </message>
    <message>
        <source>Listening …</source>
        <translation>Hört zu …</translation>
    </message>
    <message>
        <source>needs {0} s of sound</source>
        <translation>braucht {0} s Ton</translation>
    </message>
    <message>
        <source>score {0}</source>
        <translation>Wert {0}</translation>
    </message>
    <message>
        <source>{0} sure</source>
        <translation>{0} sicher</translation>
    </message>
    <message>
        <source>{0} likely</source>
        <translation>{0} wahrscheinlich</translation>
    </message>
    <message>
        <source>{0} or {1}</source>
        <translation>{0} oder {1}</translation>
    </message>
    <message>
        <source>perhaps {0}, {1}</source>
        <translation>vielleicht {0}, {1}</translation>
    </message>
    <message>
        <source>no genre stands out</source>
        <translation>kein Genre sticht heraus</translation>
    </message>
    <message>
        <source>nothing to hear</source>
        <translation>nichts zu hören</translation>
    </message>
    <message>
        <source>nothing to hear for {0} s</source>
        <translation>seit {0} s nichts zu hören</translation>
    </message>
    <message>
        <source>steady for {0} s</source>
        <translation>stabil seit {0} s</translation>
    </message>
    <message>
        <source>Genre heard now: {0}</source>
        <translation>Jetzt gehörtes Genre: {0}</translation>
    </message>
</context>
<context>
    <name>Browse</name>
    <message>
        <source>No tracks match</source>
        <translation>Keine passenden Titel</translation>
    </message>
    <message>
        <source>Table</source>
        <translation>Tabelle</translation>
    </message>
    <message>
        <source>Map: what sounds alike lies together</source>
        <translation>Karte: Was ähnlich klingt, liegt beisammen</translation>
    </message>
    <message>
        <source>Organize</source>
        <translation>Ordnen</translation>
    </message>
    <message>
        <source>Genre names and thresholds</source>
        <translation>Genrenamen und Schwellen</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Show all tracks again</source>
        <translation>Wieder alle Titel zeigen</translation>
    </message>
    <message>
        <source>No music was found yet</source>
        <translation>Noch keine Musik gefunden</translation>
    </message>
    <message>
        <source>Files appear here as soon as they are found.</source>
        <translation>Dateien erscheinen hier, sobald sie gefunden sind.</translation>
    </message>
    <message>
        <source>Nothing to check</source>
        <translation>Nichts zu prüfen</translation>
    </message>
    <message>
        <source>Every answer here is sure.</source>
        <translation>Alle Antworten hier sind sicher.</translation>
    </message>
    <message>
        <source>Change the filter, or choose another place.</source>
        <translation>Ändere den Filter oder wähle einen anderen Ort.</translation>
    </message>
    <message>
        <source>Acts on the selected tracks</source>
        <translation>Wirkt auf die ausgewählten Titel</translation>
    </message>
    <message>
        <source>Acts on all tracks in view</source>
        <translation>Wirkt auf alle angezeigten Titel</translation>
    </message>
    <message>
        <source>{0} of {1} selected</source>
        <translation>{0} von {1} ausgewählt</translation>
    </message>
    <message>
        <source>From the map</source>
        <translation>Von der Karte</translation>
    </message>
    <message>
        <source>reading a track</source>
        <translation>einen Titel lesen</translation>
    </message>
    <message>
        <source>Like “{0}”, by {1}</source>
        <translation>Wie „{0}“, nach {1}</translation>
    </message>
    <message>
        <source>Decide conflicts …</source>
        <translation>Konflikte entscheiden …</translation>
    </message>
    <message>
        <source>Find duplicates</source>
        <translation>Duplikate suchen</translation>
    </message>
    <message>
        <source>Train on my corrections …</source>
        <translation>Mit meinen Korrekturen trainieren …</translation>
    </message>
    <message>
        <source>All {0} tracks in view</source>
        <translation>Alle {0} angezeigten Titel</translation>
    </message>
    <message>
        <source>{0} selected</source>
        <translation>{0} ausgewählt</translation>
    </message>
    <message>
        <source>Select all {0} tracks</source>
        <translation>Alle {0} Titel auswählen</translation>
    </message>
</context>
<context>
    <name>BundleList</name>
    <message>
        <source>Find a model</source>
        <translation>Modell suchen</translation>
    </message>
    <message>
        <source>Clear (Escape)</source>
        <translation>Leeren (Esc)</translation>
    </message>
    <message>
        <source>Find by name, network or genre</source>
        <translation>Nach Name, Netz oder Genre suchen</translation>
    </message>
    <message>
        <source>No models match</source>
        <translation>Keine passenden Modelle</translation>
    </message>
</context>
<context>
    <name>CatalogueModel</name>
    <message>
        <source>opening the library</source>
        <translation>die Bibliothek öffnen</translation>
    </message>
    <message>
        <source>listing the library</source>
        <translation>die Bibliothek auflisten</translation>
    </message>
    <message>
        <source>counting</source>
        <translation>zählen</translation>
    </message>
    <message>
        <source>changing the library</source>
        <translation>die Bibliothek ändern</translation>
    </message>
    <message>
        <source>reading tracks</source>
        <translation>Titel lesen</translation>
    </message>
    <message>
        <source>setting a genre</source>
        <translation>ein Genre festlegen</translation>
    </message>
    <message>
        <source>saving a filter</source>
        <translation>einen Filter speichern</translation>
    </message>
</context>
<context>
    <name>Choices</name>
    <message>
        <source>Folder to put them in</source>
        <translation>Ordner, in den sie kommen</translation>
    </message>
    <message>
        <source>Choose the folder</source>
        <translation>Ordner wählen</translation>
    </message>
    <message>
        <source>How folders and files are named</source>
        <translation>Wie Ordner und Dateien heißen</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Add (2), (3) to duplicate names</source>
        <translation>Doppelte Namen mit (2), (3)</translation>
    </message>
    <message>
        <source>Replace the genres in the tags</source>
        <translation>Genres in den Tags ersetzen</translation>
    </message>
    <message>
        <source>Add to the genres in the tags</source>
        <translation>Genres in den Tags ergänzen</translation>
    </message>
    <message>
        <source>One playlist for each genre</source>
        <translation>Eine Wiedergabeliste je Genre</translation>
    </message>
    <message>
        <source>One playlist of everything</source>
        <translation>Eine Wiedergabeliste mit allem</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>CSV, for tables</source>
        <translation>CSV, für Tabellen</translation>
    </message>
    <message>
        <source>JSON, for programs</source>
        <translation>JSON, für Programme</translation>
    </message>
    <message>
        <source>Fields: {genre} {artist} {album} {title} {track:02} {disc} {year} {album_artist} {name}</source>
        <translation>Felder: {genre} {artist} {album} {title} {track:02} {disc} {year} {album_artist} {name}</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Names</source>
        <translation>Namen</translation>
    </message>
</context>
<context>
    <name>ClassDelegate</name>
    <message>
        <source>In no genre folder</source>
        <translation>In keinem Genre-Ordner</translation>
    </message>
</context>
<context>
    <name>ClassModel</name>
    <message>
        <source>Genre</source>
        <translation>Genre</translation>
    </message>
    <message>
        <source>Songs</source>
        <translation>Songs</translation>
    </message>
    <message>
        <source>Music</source>
        <translation>Musik</translation>
    </message>
    <message>
        <source>Lengths</source>
        <translation>Längen</translation>
    </message>
    <message>
        <source>Problems</source>
        <translation>Probleme</translation>
    </message>
    <message>
        <source>In no genre folder</source>
        <translation>In keinem Genre-Ordner</translation>
    </message>
    <message>
        <source>{0} h</source>
        <translation>{0} h</translation>
    </message>
    <message>
        <source>{0} min</source>
        <translation>{0} min</translation>
    </message>
    <message>
        <source>Double-click or F2 to rename; Space includes or excludes it</source>
        <translation>Doppelklick oder F2 benennt um; Leertaste nimmt es auf oder schließt es aus</translation>
    </message>
</context>
<context>
    <name>ConflictQueue</name>
    <message>
        <source>looking for conflicts</source>
        <translation>nach Konflikten suchen</translation>
    </message>
    <message>
        <source>reading a track</source>
        <translation>einen Titel lesen</translation>
    </message>
    <message>
        <source>listening with {0}</source>
        <translation>mit {0} zuhören</translation>
    </message>
</context>
<context>
    <name>ConflictsPage</name>
    <message>
        <source>Back to the tracks</source>
        <translation>Zurück zu den Titeln</translation>
    </message>
    <message>
        <source>Second model</source>
        <translation>Zweites Modell</translation>
    </message>
    <message>
        <source>What to decide</source>
        <translation>Was zu entscheiden ist</translation>
    </message>
    <message>
        <source>What teaches most</source>
        <translation>Was am meisten lehrt</translation>
    </message>
    <message>
        <source>Tag</source>
        <translation>Tag</translation>
    </message>
    <message>
        <source>Heard</source>
        <translation>Gehört</translation>
    </message>
    <message>
        <source>Another genre …</source>
        <translation>Anderes Genre …</translation>
    </message>
    <message>
        <source>Clear my genre</source>
        <translation>Mein Genre entfernen</translation>
    </message>
    <message>
        <source>Choose any genre (G)</source>
        <translation>Beliebiges Genre wählen (G)</translation>
    </message>
    <message>
        <source>Forget what you decided about this track (Delete)</source>
        <translation>Vergessen, was du zu diesem Titel entschieden hast (Entf)</translation>
    </message>
    <message>
        <source>Play (Space)</source>
        <translation>Abspielen (Leertaste)</translation>
    </message>
    <message>
        <source>Previous (←)</source>
        <translation>Zurück (←)</translation>
    </message>
    <message>
        <source>Skip (→)</source>
        <translation>Überspringen (→)</translation>
    </message>
    <message>
        <source>Train on my corrections …</source>
        <translation>Mit meinen Korrekturen trainieren …</translation>
    </message>
    <message>
        <source>Learn now</source>
        <translation>Jetzt lernen</translation>
    </message>
    <message>
        <source>The model in use learns from your genres in a moment; can be undone</source>
        <translation>Das verwendete Modell lernt im Nu aus deinen Genres; lässt sich rückgängig machen</translation>
    </message>
    <message>
        <source>No conflicts</source>
        <translation>Keine Konflikte</translation>
    </message>
    <message>
        <source>Conflicts</source>
        <translation>Konflikte</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keines</translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation>{0} von {1}</translation>
    </message>
    <message>
        <source>No genre</source>
        <translation>Kein Genre</translation>
    </message>
    <message>
        <source>{0} {1}</source>
        <translation>{0} {1}</translation>
    </message>
    <message>
        <source>My genre: {0} …</source>
        <translation>Mein Genre: {0} …</translation>
    </message>
    <message>
        <source>Not asked</source>
        <translation>Nicht gefragt</translation>
    </message>
    <message>
        <source>Choose a second model above</source>
        <translation>Wähle oben ein zweites Modell</translation>
    </message>
    <message>
        <source>Listening …</source>
        <translation>Hört zu …</translation>
    </message>
    <message>
        <source>Can&apos;t listen</source>
        <translation>Kann nicht zuhören</translation>
    </message>
    <message>
        <source>That was the last of them</source>
        <translation>Das war der letzte</translation>
    </message>
    <message>
        <source>Nothing to ask about</source>
        <translation>Nichts zu fragen</translation>
    </message>
    <message>
        <source>Asked about is what was listened to and has no genre of yours.</source>
        <translation>Gefragt wird nach Titeln, die angehört sind und kein Genre von dir haben.</translation>
    </message>
    <message>
        <source>That was the last conflict</source>
        <translation>Das war der letzte Konflikt</translation>
    </message>
    <message>
        <source>Your genres are kept. Organize writes them, training learns from them.</source>
        <translation>Deine Genres sind gespeichert. „Ordnen“ schreibt sie, das Training lernt daraus.</translation>
    </message>
    <message>
        <source>Every tag agrees with what was heard, or was decided by you.</source>
        <translation>Alle Tags stimmen mit dem Gehörten überein oder wurden von dir entschieden.</translation>
    </message>
</context>
<context>
    <name>ConfusionMatrix</name>
    <message>
        <source>Confusion matrix</source>
        <translation>Konfusionsmatrix</translation>
    </message>
    <message>
        <source>said</source>
        <translation>gesagt</translation>
    </message>
    <message>
        <source>true</source>
        <translation>wahr</translation>
    </message>
</context>
<context>
    <name>CorrectBar</name>
    <message>
        <source>Next to check</source>
        <translation>Nächsten prüfen</translation>
    </message>
    <message>
        <source>Go to the next track to check (F3; back with Shift+F3)</source>
        <translation>Zum nächsten zu prüfenden Titel (F3; zurück mit Umschalt+F3)</translation>
    </message>
</context>
<context>
    <name>Corrector</name>
    <message>
        <source>No track in this list needs checking.</source>
        <translation>In dieser Liste muss kein Titel geprüft werden.</translation>
    </message>
    <message>
        <source>looking for the next track to check</source>
        <translation>den nächsten zu prüfenden Titel suchen</translation>
    </message>
</context>
<context>
    <name>Curves</name>
    <message>
        <source>ACCURACY %</source>
        <translation>GENAUIGKEIT %</translation>
    </message>
    <message>
        <source>Training windows</source>
        <translation>Trainingsfenster</translation>
    </message>
    <message>
        <source>Held-back windows</source>
        <translation>Zurückgehaltene Fenster</translation>
    </message>
    <message>
        <source>Held-back songs</source>
        <translation>Zurückgehaltene Songs</translation>
    </message>
    <message>
        <source>LOSS</source>
        <translation>VERLUST</translation>
    </message>
    <message>
        <source>Training loss</source>
        <translation>Trainingsverlust</translation>
    </message>
    <message>
        <source>Rate</source>
        <translation>Rate</translation>
    </message>
    <message>
        <source>LEARNING RATE</source>
        <translation>LERNRATE</translation>
    </message>
    <message>
        <source>REGULARIZATION</source>
        <translation>REGULARISIERUNG</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>Gewichtszerfall</translation>
    </message>
</context>
<context>
    <name>DeviceList</name>
    <message>
        <source>looking for sound devices</source>
        <translation>nach Audiogeräten suchen</translation>
    </message>
    <message>
        <source>closing the sound</source>
        <translation>die Audiogeräte schließen</translation>
    </message>
</context>
<context>
    <name>DisagreementTable</name>
    <message>
        <source>Songs they disagree on</source>
        <translation>Songs, bei denen sie uneins sind</translation>
    </message>
    <message>
        <source>Yours</source>
        <translation>Deins</translation>
    </message>
    <message>
        <source>Song</source>
        <translation>Song</translation>
    </message>
</context>
<context>
    <name>DoctorPage</name>
    <message>
        <source>Check of the installation</source>
        <translation>Prüfung der Installation</translation>
    </message>
    <message>
        <source>Findings</source>
        <translation>Befunde</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>Noch einmal prüfen</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Checking … Output and microphone are opened for a moment.</source>
        <translation>Wird geprüft … Ausgabe und Mikrofon werden kurz geöffnet.</translation>
    </message>
    <message>
        <source>checking the installation</source>
        <translation>die Installation prüfen</translation>
    </message>
    <message>
        <source>Works</source>
        <translation>Funktioniert</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>Broken</source>
        <translation>Defekt</translation>
    </message>
    <message>
        <source>Everything works.</source>
        <translation>Alles funktioniert.</translation>
    </message>
</context>
<context>
    <name>DuplicateFinder</name>
    <message>
        <source>Duplicates are looked for when the scan is done.</source>
        <translation>Duplikate werden gesucht, wenn die Suche nach Musik fertig ist.</translation>
    </message>
    <message>
        <source>looking for duplicates</source>
        <translation>Duplikate suchen</translation>
    </message>
    <message>
        <source>No duplicates: every recording is there once.</source>
        <translation>Keine Duplikate: Jede Aufnahme ist einmal da.</translation>
    </message>
</context>
<context>
    <name>EngineController</name>
    <message>
        <source>loading the models</source>
        <translation>die Modelle laden</translation>
    </message>
    <message>
        <source>testing the devices</source>
        <translation>die Geräte testen</translation>
    </message>
    <message>
        <source>measuring {0}</source>
        <translation>{0} messen</translation>
    </message>
    <message>
        <source>reading the models</source>
        <translation>die Modelle lesen</translation>
    </message>
    <message>
        <source>closing the engine</source>
        <translation>das Zuhören beenden</translation>
    </message>
</context>
<context>
    <name>Estimates</name>
    <message>
        <source>listing the networks</source>
        <translation>die Netze auflisten</translation>
    </message>
    <message>
        <source>measuring this computer</source>
        <translation>diesen Rechner messen</translation>
    </message>
</context>
<context>
    <name>EvidenceView</name>
    <message>
        <source>Recall by genre, with 95 % intervals</source>
        <translation>Trefferquote je Genre, mit 95-%-Intervallen</translation>
    </message>
    <message>
        <source>Measure on your songs …</source>
        <translation>An deinen Songs messen …</translation>
    </message>
    <message>
        <source>Choose a folder with one folder of music for each genre</source>
        <translation>Wähle einen Ordner, der je Genre einen Ordner mit Musik enthält</translation>
    </message>
    <message>
        <source>Compare with other models on the same songs</source>
        <translation>An denselben Songs mit anderen Modellen vergleichen</translation>
    </message>
    <message>
        <source>RECALL BY GENRE</source>
        <translation>TREFFERQUOTE JE GENRE</translation>
    </message>
    <message>
        <source>CONFUSIONS</source>
        <translation>VERWECHSLUNGEN</translation>
    </message>
    <message>
        <source>RELIABILITY</source>
        <translation>ZUVERLÄSSIGKEIT</translation>
    </message>
    <message>
        <source>reading what was measured</source>
        <translation>lesen, was gemessen wurde</translation>
    </message>
    <message>
        <source>WORDS TOGETHER</source>
        <translation>WÖRTER ZUSAMMEN</translation>
    </message>
    <message>
        <source>A folder with one folder for each genre</source>
        <translation>Ein Ordner, der für jedes Genre einen Ordner enthält</translation>
    </message>
    <message>
        <source>measuring a model</source>
        <translation>ein Modell messen</translation>
    </message>
    <message>
        <source>Listening to the songs …</source>
        <translation>Songs werden angehört …</translation>
    </message>
</context>
<context>
    <name>FeatureMaps</name>
    <message>
        <source>Feature maps</source>
        <translation>Merkmalskarten</translation>
    </message>
</context>
<context>
    <name>FilterBar</name>
    <message>
        <source>Filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Clear the filter (Escape)</source>
        <translation>Filter leeren (Esc)</translation>
    </message>
    <message>
        <source>Filter: miles   heard:jazz   sure:&lt;0.6   tag:!=heard</source>
        <translation>Filter: miles   heard:jazz   sure:&lt;0.6   tag:!=heard</translation>
    </message>
    <message>
        <source>Saved filters</source>
        <translation>Gespeicherte Filter</translation>
    </message>
    <message>
        <source>Name of the filter</source>
        <translation>Name des Filters</translation>
    </message>
    <message>
        <source>Name it, then press Enter</source>
        <translation>Benennen, dann Eingabetaste drücken</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>No saved filters yet</source>
        <translation>Noch keine gespeicherten Filter</translation>
    </message>
    <message>
        <source>Save this filter …</source>
        <translation>Diesen Filter speichern …</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
</context>
<context>
    <name>FullTraining</name>
    <message>
        <source>Install full training</source>
        <translation>Volles Training installieren</translation>
    </message>
    <message>
        <source>installing full training</source>
        <translation>das volle Training installieren</translation>
    </message>
    <message>
        <source>Installing …</source>
        <translation>Wird installiert …</translation>
    </message>
    <message>
        <source>Stopping …</source>
        <translation>Wird angehalten …</translation>
    </message>
    <message>
        <source>Quick training works as it is. To train networks from scratch or all of their layers, GenreDesk needs PyTorch and what belongs to it: {0}.</source>
        <translation>Schnelles Training geht auch so. Um Netze von Grund auf oder in allen Schichten zu trainieren, braucht GenreDesk PyTorch und was dazugehört: {0}.</translation>
    </message>
</context>
<context>
    <name>GenrePicker</name>
    <message>
        <source>Set the genre</source>
        <translation>Genre festlegen</translation>
    </message>
    <message>
        <source>Genre</source>
        <translation>Genre</translation>
    </message>
    <message>
        <source>Genre, or several with commas</source>
        <translation>Genre, oder mehrere mit Kommas</translation>
    </message>
    <message>
        <source>Genres that fit</source>
        <translation>Passende Genres</translation>
    </message>
</context>
<context>
    <name>GenreRibbon</name>
    <message>
        <source>Genres along the track</source>
        <translation>Genres im Verlauf des Titels</translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation>{0} von {1}</translation>
    </message>
    <message>
        <source>not analyzed yet</source>
        <translation>noch nicht analysiert</translation>
    </message>
</context>
<context>
    <name>HeardMemory</name>
    <message>
        <source>drawing {0}</source>
        <translation>{0} zeichnen</translation>
    </message>
</context>
<context>
    <name>HelpOverlay</name>
    <message>
        <source>Keyboard map</source>
        <translation>Tastenübersicht</translation>
    </message>
    <message>
        <source>Keyboard</source>
        <translation>Tastatur</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Manual</source>
        <translation>Handbuch</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
</context>
<context>
    <name>HistoryRow</name>
    <message>
        <source>Check</source>
        <translation>Prüfen</translation>
    </message>
    <message>
        <source>Check whether the files have changed since</source>
        <translation>Prüfen, ob sich die Dateien seitdem geändert haben</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Undo it, file by file</source>
        <translation>Rückgängig machen, Datei für Datei</translation>
    </message>
    <message>
        <source>Newer ones have to be undone first: they may build on this one.</source>
        <translation>Neuere müssen zuerst rückgängig gemacht werden: Sie können darauf aufbauen.</translation>
    </message>
    <message>
        <source>Which files?</source>
        <translation>Welche Dateien?</translation>
    </message>
    <message>
        <source>Files that were skipped, and why</source>
        <translation>Übersprungene Dateien, und warum</translation>
    </message>
</context>
<context>
    <name>InsidePanel</name>
    <message>
        <source>What the network sees</source>
        <translation>Was das Netz sieht</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>What the word rests on</source>
        <translation>Worauf das Wort beruht</translation>
    </message>
    <message>
        <source>This window alone: {0}, {1}. Input: {2}.</source>
        <translation>Dieses Fenster allein: {0}, {1}. Eingabe: {2}.</translation>
    </message>
    <message>
        <source>Right: nothing in this window speaks for {0}.</source>
        <translation>Rechts: Nichts in diesem Fenster spricht für {0}.</translation>
    </message>
    <message>
        <source>Right: {0} rests on what is not darkened, most of all in the frame.</source>
        <translation>Rechts: {0} beruht auf dem, was nicht abgedunkelt ist, vor allem auf dem im Rahmen.</translation>
    </message>
    <message>
        <source>Of the network&apos;s branches: {0}.</source>
        <translation>Von den Zweigen des Netzes: {0}.</translation>
    </message>
</context>
<context>
    <name>IntervalChart</name>
    <message>
        <source>Songs correct, with 95 % intervals</source>
        <translation>Richtige Songs, mit 95-%-Intervallen</translation>
    </message>
</context>
<context>
    <name>Job</name>
    <message>
        <source>Something unexpected went wrong while {0}: {1}</source>
        <translation>Beim Vorgang „{0}“ ging unerwartet etwas schief: {1}</translation>
    </message>
</context>
<context>
    <name>KeyChip</name>
    <message>
        <source>Set the genre to {0} (key {1})</source>
        <translation>Genre auf {0} setzen (Taste {1})</translation>
    </message>
</context>
<context>
    <name>KeyRow</name>
    <message>
        <source>Another genre: type its first letters in the table</source>
        <translation>Anderes Genre: seine Anfangsbuchstaben in der Tabelle tippen</translation>
    </message>
</context>
<context>
    <name>LastMinute</name>
    <message>
        <source>Genres of the last minute</source>
        <translation>Genres der letzten Minute</translation>
    </message>
    <message>
        <source>{0} s: {1}</source>
        <translation>{0} s: {1}</translation>
    </message>
    <message>
        <source>−60 s</source>
        <translation>−60 s</translation>
    </message>
    <message>
        <source>now</source>
        <translation>jetzt</translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>Legend</source>
        <translation>Legende</translation>
    </message>
    <message>
        <source>Not analyzed</source>
        <translation>Nicht analysiert</translation>
    </message>
</context>
<context>
    <name>LevelMeter</name>
    <message>
        <source>Input level</source>
        <translation>Eingangspegel</translation>
    </message>
    <message>
        <source>silent</source>
        <translation>still</translation>
    </message>
    <message>
        <source>about {0} dBFS</source>
        <translation>etwa {0} dBFS</translation>
    </message>
    <message>
        <source>Input level: {0}</source>
        <translation>Eingangspegel: {0}</translation>
    </message>
</context>
<context>
    <name>LibraryFolders</name>
    <message>
        <source>Add a folder to the library</source>
        <translation>Ordner zur Bibliothek hinzufügen</translation>
    </message>
    <message>
        <source>adding a folder</source>
        <translation>einen Ordner hinzufügen</translation>
    </message>
    <message>
        <source>Scan now</source>
        <translation>Jetzt durchsuchen</translation>
    </message>
    <message>
        <source>Try unreadable files again</source>
        <translation>Unlesbare Dateien noch einmal versuchen</translation>
    </message>
    <message>
        <source>It was moved …</source>
        <translation>Er wurde verschoben …</translation>
    </message>
    <message>
        <source>Watch for new files</source>
        <translation>Auf neue Dateien achten</translation>
    </message>
    <message>
        <source>Remove from the library …</source>
        <translation>Aus der Bibliothek entfernen …</translation>
    </message>
    <message>
        <source>Remove {0} from the library?</source>
        <translation>{0} aus der Bibliothek entfernen?</translation>
    </message>
    <message>
        <source>No file is touched. Genres you set come back when the folder is added again.</source>
        <translation>Keine Datei wird angerührt. Von dir festgelegte Genres sind wieder da, wenn der Ordner wieder hinzugefügt wird.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation>Behalten</translation>
    </message>
    <message>
        <source>removing a folder</source>
        <translation>einen Ordner entfernen</translation>
    </message>
    <message>
        <source>Where is {0} now?</source>
        <translation>Wo ist {0} jetzt?</translation>
    </message>
    <message>
        <source>following a folder</source>
        <translation>einem Ordner folgen</translation>
    </message>
</context>
<context>
    <name>LibraryPage</name>
    <message>
        <source>Opening the library …</source>
        <translation>Bibliothek wird geöffnet …</translation>
    </message>
    <message>
        <source>Organize your music</source>
        <translation>Ordne deine Musik</translation>
    </message>
    <message>
        <source>Add the folder that holds it, or drop it here. GenreDesk listens to every track in the background and shows what it heard. Your files stay as they are until you say otherwise, and everything can be undone.</source>
        <translation>Füge den Ordner hinzu, in dem sie liegt, oder lege ihn hier ab. GenreDesk hört im Hintergrund jeden Titel an und zeigt, was es gehört hat. Deine Dateien bleiben, wie sie sind, bis du es anders willst, und alles lässt sich rückgängig machen.</translation>
    </message>
    <message>
        <source>Add a folder …</source>
        <translation>Ordner hinzufügen …</translation>
    </message>
    <message>
        <source>The library cannot be opened</source>
        <translation>Die Bibliothek lässt sich nicht öffnen</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Noch einmal versuchen</translation>
    </message>
    <message>
        <source>Nothing was set: these files have not been listened to yet.</source>
        <translation>Nichts wurde festgelegt: Diese Dateien sind noch nicht angehört.</translation>
    </message>
    <message>
        <source>Show duplicates</source>
        <translation>Duplikate zeigen</translation>
    </message>
    <message>
        <source>Drop to add to the library</source>
        <translation>Ablegen, um zur Bibliothek hinzuzufügen</translation>
    </message>
    <message>
        <source>gathering corrections</source>
        <translation>Korrekturen sammeln</translation>
    </message>
</context>
<context>
    <name>LibraryScan</name>
    <message>
        <source>looking through the library</source>
        <translation>die Bibliothek durchsehen</translation>
    </message>
    <message>
        <source>checking which model was asked</source>
        <translation>prüfen, welches Modell gefragt wurde</translation>
    </message>
    <message>
        <source>{0} is gone; all of its files were found elsewhere.</source>
        <translation>{0} ist nicht mehr da; alle Dateien daraus wurden woanders gefunden.</translation>
    </message>
    <message>
        <source>Skipped: {0}.</source>
        <translation>Übersprungen: {0}.</translation>
    </message>
    <message>
        <source>watching the folders</source>
        <translation>auf die Ordner achten</translation>
    </message>
    <message>
        <source>closing the watch</source>
        <translation>das Achten auf Ordner beenden</translation>
    </message>
</context>
<context>
    <name>ListPanel</name>
    <message>
        <source>List of files</source>
        <translation>Dateiliste</translation>
    </message>
    <message>
        <source>FILES</source>
        <translation>DATEIEN</translation>
    </message>
    <message>
        <source>Analyze all</source>
        <translation>Alle analysieren</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>Dateien</translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation>{0} von {1}</translation>
    </message>
</context>
<context>
    <name>ListenSession</name>
    <message>
        <source>No model is installed, so nothing can be named. Import a .genredesk file on the Models page, or install GenreDesk again.</source>
        <translation>Kein Modell ist installiert, deshalb kann nichts benannt werden. Importiere unter „Modelle“ eine .genredesk-Datei oder installiere GenreDesk neu.</translation>
    </message>
</context>
<context>
    <name>ListenTimeline</name>
    <message>
        <source>the source</source>
        <translation>die Quelle</translation>
    </message>
</context>
<context>
    <name>LivePage</name>
    <message>
        <source>Teach what is playing (T)</source>
        <translation>Beibringen, was gerade läuft (T)</translation>
    </message>
    <message>
        <source>NOW</source>
        <translation>JETZT</translation>
    </message>
    <message>
        <source>LAST MINUTE</source>
        <translation>LETZTE MINUTE</translation>
    </message>
    <message>
        <source>TOP FIVE</source>
        <translation>DIE ERSTEN FÜNF</translation>
    </message>
    <message>
        <source>No sound</source>
        <translation>Kein Ton</translation>
    </message>
    <message>
        <source>waiting for {0}</source>
        <translation>wartet auf {0}</translation>
    </message>
    <message>
        <source>choose what to listen to above</source>
        <translation>wähle oben eine Quelle</translation>
    </message>
    <message>
        <source>Opening …</source>
        <translation>Wird geöffnet …</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>Bereit</translation>
    </message>
</context>
<context>
    <name>LogPanel</name>
    <message>
        <source>Log of what was heard</source>
        <translation>Protokoll des Gehörten</translation>
    </message>
    <message>
        <source>All answers are kept until GenreDesk is closed; of a device also the last 30 minutes of its picture (coarser before) and the last 10 of its sound.</source>
        <translation>Alle Antworten bleiben, bis GenreDesk geschlossen wird; von einem Gerät auch die letzten 30 Minuten seines Bildes (davor gröber) und die letzten 10 seines Tons.</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Listen</source>
        <translation>Hören</translation>
    </message>
    <message>
        <source>Library</source>
        <translation>Bibliothek</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>Trainieren</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>Settings (Ctrl+,)</source>
        <translation>Einstellungen (Strg+,)</translation>
    </message>
    <message>
        <source>Keyboard map (?)</source>
        <translation>Tastenübersicht (?)</translation>
    </message>
    <message>
        <source>GenreDesk ended unexpectedly the last time. You can read a report of it and save it; nothing is sent.</source>
        <translation>GenreDesk endete beim letzten Mal unerwartet. Du kannst einen Bericht darüber lesen und speichern; nichts wird gesendet.</translation>
    </message>
    <message>
        <source>Show report …</source>
        <translation>Bericht zeigen …</translation>
    </message>
</context>
<context>
    <name>MapView</name>
    <message>
        <source>Lasso: draw a loop around tracks</source>
        <translation>Lasso: eine Schlinge um Titel ziehen</translation>
    </message>
    <message>
        <source>Show the whole map</source>
        <translation>Ganze Karte zeigen</translation>
    </message>
    <message>
        <source>Redraw the map</source>
        <translation>Karte neu zeichnen</translation>
    </message>
    <message>
        <source>Show in the table</source>
        <translation>In der Tabelle zeigen</translation>
    </message>
    <message>
        <source>Map of the tracks</source>
        <translation>Karte der Titel</translation>
    </message>
    <message>
        <source>Solid: sure
Pale: probable
Dotted: between two
Empty: can&apos;t tell</source>
        <translation>Gefüllt: sicher
Blass: wahrscheinlich
Gepunktet: zwischen zweien
Leer: unklar</translation>
    </message>
    <message>
        <source>by t-SNE</source>
        <translation>nach t-SNE</translation>
    </message>
    <message>
        <source>by principal components</source>
        <translation>nach Hauptkomponenten</translation>
    </message>
    <message>
        <source>Nothing was analyzed yet</source>
        <translation>Noch nichts analysiert</translation>
    </message>
</context>
<context>
    <name>Maps</name>
    <message>
        <source>Placing the tracks</source>
        <translation>Titel platzieren</translation>
    </message>
    <message>
        <source>Drawing a better map</source>
        <translation>Karte verfeinern</translation>
    </message>
    <message>
        <source>drawing the map</source>
        <translation>die Karte zeichnen</translation>
    </message>
    <message>
        <source>Nothing to compare with: listen to more tracks first.</source>
        <translation>Nichts zum Vergleichen: Lass erst mehr Titel anhören.</translation>
    </message>
    <message>
        <source>looking for what sounds alike</source>
        <translation>suchen, was ähnlich klingt</translation>
    </message>
    <message>
        <source>choosing on the map</source>
        <translation>auf der Karte wählen</translation>
    </message>
</context>
<context>
    <name>MenuBar</name>
    <message>
        <source>Menus</source>
        <translation>Menüs</translation>
    </message>
</context>
<context>
    <name>MistakesCard</name>
    <message>
        <source>Songs to show</source>
        <translation>Zu zeigende Songs</translation>
    </message>
    <message>
        <source>All mistakes</source>
        <translation>Alle Fehler</translation>
    </message>
    <message>
        <source>Sum and majority differ</source>
        <translation>Summe und Mehrheit verschieden</translation>
    </message>
    <message>
        <source>Wrong by sum, majority and surest window</source>
        <translation>Falsch nach Summe, Mehrheit und sicherstem Fenster</translation>
    </message>
    <message>
        <source>Right genre comes 2nd</source>
        <translation>Richtiges Genre an 2. Stelle</translation>
    </message>
    <message>
        <source>Right genre comes 3rd</source>
        <translation>Richtiges Genre an 3. Stelle</translation>
    </message>
    <message>
        <source>Right genre comes 4th or later</source>
        <translation>Richtiges Genre an 4. Stelle oder später</translation>
    </message>
    <message>
        <source>Of one cell</source>
        <translation>Aus einer Zelle</translation>
    </message>
    <message>
        <source>Save this window …</source>
        <translation>Dieses Fenster speichern …</translation>
    </message>
    <message>
        <source>Songs</source>
        <translation>Songs</translation>
    </message>
    <message>
        <source>Play this window</source>
        <translation>Dieses Fenster abspielen</translation>
    </message>
    <message>
        <source>Next wrong window</source>
        <translation>Nächstes falsches Fenster</translation>
    </message>
    <message>
        <source>The song&apos;s genre</source>
        <translation>Das Genre des Songs</translation>
    </message>
    <message>
        <source>Exclude</source>
        <translation>Ausschließen</translation>
    </message>
    <message>
        <source>It is</source>
        <translation>Es ist</translation>
    </message>
    <message>
        <source>WRONG: {0} OF {1}</source>
        <translation>FALSCH: {0} VON {1}</translation>
    </message>
    <message>
        <source>SONGS: {0} OF {1}</source>
        <translation>SONGS: {0} VON {1}</translation>
    </message>
    <message>
        <source>{0}, CORRECT: {1}</source>
        <translation>{0}, RICHTIG: {1}</translation>
    </message>
    <message>
        <source>{0} CALLED {2}: {1}</source>
        <translation>{0} ALS {2}: {1}</translation>
    </message>
    <message>
        <source>is {0}, called {1}</source>
        <translation>ist {0}, genannt {1}</translation>
    </message>
    <message>
        <source>excluded from the next training</source>
        <translation>vom nächsten Training ausgeschlossen</translation>
    </message>
    <message>
        <source>{0} from the next training on</source>
        <translation>{0} ab dem nächsten Training</translation>
    </message>
    <message>
        <source>No songs</source>
        <translation>Keine Songs</translation>
    </message>
    <message>
        <source>Include</source>
        <translation>Aufnehmen</translation>
    </message>
    <message>
        <source>drawing {0}</source>
        <translation>{0} zeichnen</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Save this window</source>
        <translation>Dieses Fenster speichern</translation>
    </message>
    <message>
        <source>Sound (*.wav)</source>
        <translation>Ton (*.wav)</translation>
    </message>
    <message>
        <source>saving a window</source>
        <translation>ein Fenster speichern</translation>
    </message>
    <message>
        <source>Saved: {0}</source>
        <translation>Gespeichert: {0}</translation>
    </message>
    <message>
        <source>{0} changed; train again to see the difference.</source>
        <translation>{0} geändert; trainiere noch einmal, um den Unterschied zu sehen.</translation>
    </message>
</context>
<context>
    <name>ModelImport</name>
    <message>
        <source>Import models</source>
        <translation>Modelle importieren</translation>
    </message>
    <message>
        <source>Models (*{0} {1} *{2})</source>
        <translation>Modelle (*{0} {1} *{2})</translation>
    </message>
    <message>
        <source>{0} was checked and installed.</source>
        <translation>{0} wurde geprüft und installiert.</translation>
    </message>
    <message>
        <source>This model is installed already, as {0}.</source>
        <translation>Dieses Modell ist schon installiert, als {0}.</translation>
    </message>
    <message>
        <source>importing {0}</source>
        <translation>{0} importieren</translation>
    </message>
</context>
<context>
    <name>ModelPage</name>
    <message>
        <source>Models and networks to start from</source>
        <translation>Modelle und Netze, mit denen man anfangen kann</translation>
    </message>
    <message>
        <source>Quick</source>
        <translation>Schnell</translation>
    </message>
    <message>
        <source>Only the last layer is trained. Good with few songs.</source>
        <translation>Nur die letzte Schicht wird trainiert. Gut bei wenigen Songs.</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>Ausgewogen</translation>
    </message>
    <message>
        <source>All layers keep learning, the early ones slowly.</source>
        <translation>Alle Schichten lernen weiter, die frühen langsam.</translation>
    </message>
    <message>
        <source>From scratch</source>
        <translation>Von Grund auf</translation>
    </message>
    <message>
        <source>A fresh network, with GenreDesk&apos;s own recipe. Needs hundreds of songs.</source>
        <translation>Ein frisches Netz, nach GenreDesks eigenem Rezept. Braucht Hunderte Songs.</translation>
    </message>
    <message>
        <source>As in the paper</source>
        <translation>Wie im Paper</translation>
    </message>
    <message>
        <source>A fresh network, trained just as its paper says.</source>
        <translation>Ein frisches Netz, trainiert genau wie in seinem Paper.</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>Erweitert</translation>
    </message>
    <message>
        <source>The most memory the measurement took; the room for features and checkpoints of all songs chosen; the numbers the network learns; where it is trained, and why</source>
        <translation>Der meiste Speicher, den die Messung brauchte; der Platz für Merkmale und Zwischenstände aller gewählten Songs; die Zahlen, die das Netz lernt; wo trainiert wird, und warum</translation>
    </message>
    <message>
        <source>Two ears</source>
        <translation>Zwei Ohren</translation>
    </message>
    <message>
        <source>Quick mode can build on two trained models at once. Together they learn more from a few songs; the result is one model that needs a little more of the processor.</source>
        <translation>Der schnelle Weg kann auf zwei trainierten Modellen zugleich aufbauen. Zusammen lernen sie aus wenigen Songs mehr; das Ergebnis ist ein Modell, das den Prozessor etwas mehr fordert.</translation>
    </message>
    <message>
        <source>Second ear</source>
        <translation>Zweites Ohr</translation>
    </message>
    <message>
        <source>START FROM</source>
        <translation>ANFANGEN MIT</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Noch einmal versuchen</translation>
    </message>
    <message>
        <source>HOW</source>
        <translation>WIE</translation>
    </message>
    <message>
        <source>A trained model</source>
        <translation>Ein trainiertes Modell</translation>
    </message>
    <message>
        <source>Or a fresh network</source>
        <translation>Oder ein frisches Netz</translation>
    </message>
    <message>
        <source>Reading the list of networks …</source>
        <translation>Die Liste der Netze wird gelesen …</translation>
    </message>
    <message>
        <source>The networks that can be trained could not be listed. {0}</source>
        <translation>Die Netze, die sich trainieren lassen, konnten nicht aufgelistet werden. {0}</translation>
    </message>
    <message>
        <source>Recommended</source>
        <translation>Empfohlen</translation>
    </message>
    <message>
        <source>Paper {0} · {1} parameters · input {2} s</source>
        <translation>Paper {0} · {1} Parameter · Eingabe {2} s</translation>
    </message>
    <message>
        <source>Paper {0}</source>
        <translation>Paper {0}</translation>
    </message>
    <message>
        <source>It continues from a trained model: choose one on the left.</source>
        <translation>Es baut auf einem trainierten Modell auf: Wähle links eines.</translation>
    </message>
    <message>
        <source>measuring …</source>
        <translation>wird gemessen …</translation>
    </message>
    <message>
        <source>not possible</source>
        <translation>nicht möglich</translation>
    </message>
    <message>
        <source>not installed</source>
        <translation>nicht installiert</translation>
    </message>
    <message>
        <source>at most {0}</source>
        <translation>höchstens {0}</translation>
    </message>
    <message>
        <source>about {0}</source>
        <translation>etwa {0}</translation>
    </message>
    <message>
        <source>Measured for a moment on this computer as busy as it is now, for {0}: {1} to listen to the files, {2} to train ({3} epochs, {4} windows a step), {5} to start, measure and export.</source>
        <translation>Kurz auf diesem Rechner gemessen, so beschäftigt er gerade ist, für {0}: {1} zum Anhören der Dateien, {2} zum Trainieren ({3} Epochen, {4} Fenster je Schritt), {5} zum Starten, Messen und Exportieren.</translation>
    </message>
    <message>
        <source>Measured for a moment on this computer as busy as it is now, for {0}, whose files were listened to already: {2} to train ({3} epochs, {4} windows a step), {5} to start, measure and export.</source>
        <translation>Kurz auf diesem Rechner gemessen, so beschäftigt er gerade ist, für {0}, deren Dateien schon angehört sind: {2} zum Trainieren ({3} Epochen, {4} Fenster je Schritt), {5} zum Starten, Messen und Exportieren.</translation>
    </message>
    <message>
        <source>Two ears: with {0}</source>
        <translation>Zwei Ohren: mit {0}</translation>
    </message>
    <message>
        <source>On {0} of yours: two ears {1}, one {2}.</source>
        <translation>An {0} von dir: zwei Ohren {1}, eines {2}.</translation>
    </message>
    <message>
        <source>Two are recommended.</source>
        <translation>Zwei sind empfohlen.</translation>
    </message>
    <message>
        <source>One is recommended.</source>
        <translation>Eines ist empfohlen.</translation>
    </message>
    <message>
        <source>Trying both on your songs …</source>
        <translation>Beides wird an deinen Songs ausprobiert …</translation>
    </message>
    <message>
        <source>Measuring what it takes on this computer …</source>
        <translation>Es wird gemessen, was es auf diesem Rechner braucht …</translation>
    </message>
    <message>
        <source>not measured here</source>
        <translation>hier nicht gemessen</translation>
    </message>
    <message>
        <source>Memory {0} · disk {1} · {2} parameters · {3}</source>
        <translation>Arbeitsspeicher {0} · Platte {1} · {2} Parameter · {3}</translation>
    </message>
    <message>
        <source>Start the search</source>
        <translation>Suche starten</translation>
    </message>
    <message>
        <source>Start training</source>
        <translation>Training starten</translation>
    </message>
    <message>
        <source>A training is running already; see page 3.</source>
        <translation>Es läuft schon ein Training; siehe Seite 3.</translation>
    </message>
    <message>
        <source>Listening to the files …</source>
        <translation>Dateien werden angehört …</translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message>
        <source>Installed models</source>
        <translation>Installierte Modelle</translation>
    </message>
    <message>
        <source>Import …</source>
        <translation>Importieren …</translation>
    </message>
    <message>
        <source>Use this model</source>
        <translation>Dieses Modell verwenden</translation>
    </message>
    <message>
        <source>Export …</source>
        <translation>Exportieren …</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Its files are kept until GenreDesk is closed</source>
        <translation>Seine Dateien bleiben, bis GenreDesk geschlossen wird</translation>
    </message>
    <message>
        <source>Test the devices</source>
        <translation>Geräte testen</translation>
    </message>
    <message>
        <source>Train one for new pieces …</source>
        <translation>Eines für neue Stücke trainieren …</translation>
    </message>
    <message>
        <source>An autoencoder learns what each genre sounds like and makes new pieces of it</source>
        <translation>Ein Autoencoder lernt, wie jedes Genre klingt, und erzeugt neue Stücke davon</translation>
    </message>
    <message>
        <source>No model is installed</source>
        <translation>Kein Modell ist installiert</translation>
    </message>
    <message>
        <source>A model comes as a .genredesk file. Import one to name music.</source>
        <translation>Ein Modell kommt als .genredesk-Datei. Importiere eines, um Musik zu benennen.</translation>
    </message>
    <message>
        <source>INSTALLED</source>
        <translation>INSTALLIERT</translation>
    </message>
    <message>
        <source>DEVICES</source>
        <translation>GERÄTE</translation>
    </message>
    <message>
        <source>Card of the model</source>
        <translation>Karte des Modells</translation>
    </message>
    <message>
        <source>Included with GenreDesk</source>
        <translation>In GenreDesk enthalten</translation>
    </message>
    <message>
        <source>Yours</source>
        <translation>Deins</translation>
    </message>
    <message>
        <source>Cannot be used</source>
        <translation>Nicht verwendbar</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>In Gebrauch</translation>
    </message>
    <message>
        <source>Problem</source>
        <translation>Problem</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>It is included with GenreDesk; only models you imported or trained can be deleted.</source>
        <translation>Es ist in GenreDesk enthalten; löschen lassen sich nur Modelle, die du importiert oder trainiert hast.</translation>
    </message>
    <message>
        <source>Delete its files; it can be restored until GenreDesk is closed</source>
        <translation>Seine Dateien löschen; bis GenreDesk geschlossen wird, lässt es sich wiederherstellen</translation>
    </message>
    <message>
        <source>closing</source>
        <translation>schließen</translation>
    </message>
    <message>
        <source>Testing …</source>
        <translation>Wird getestet …</translation>
    </message>
    <message>
        <source>Export {0}</source>
        <translation>{0} exportieren</translation>
    </message>
    <message>
        <source>GenreDesk models (*{0})</source>
        <translation>GenreDesk-Modelle (*{0})</translation>
    </message>
    <message>
        <source>Exported to {0}.</source>
        <translation>Nach {0} exportiert.</translation>
    </message>
    <message>
        <source>exporting {0}</source>
        <translation>{0} exportieren</translation>
    </message>
    <message>
        <source>{0} was deleted.</source>
        <translation>{0} wurde gelöscht.</translation>
    </message>
    <message>
        <source>deleting {0}</source>
        <translation>{0} löschen</translation>
    </message>
    <message>
        <source>Restore {0}</source>
        <translation>{0} wiederherstellen</translation>
    </message>
    <message>
        <source>{0} was restored.</source>
        <translation>{0} wurde wiederhergestellt.</translation>
    </message>
    <message>
        <source>restoring {0}</source>
        <translation>{0} wiederherstellen</translation>
    </message>
</context>
<context>
    <name>MusicPage</name>
    <message>
        <source>Teach GenreDesk your own genres</source>
        <translation>Bring GenreDesk deine eigenen Genres bei</translation>
    </message>
    <message>
        <source>Drop a folder here that holds one folder of music for each genre. A handful of songs in each is enough to begin with; nothing leaves this computer.</source>
        <translation>Lege hier einen Ordner ab, der für jedes Genre einen Ordner mit Musik enthält. Eine Handvoll Songs in jedem genügt für den Anfang; nichts verlässt diesen Rechner.</translation>
    </message>
    <message>
        <source>Choose a folder …</source>
        <translation>Ordner wählen …</translation>
    </message>
    <message>
        <source>Add a folder …</source>
        <translation>Ordner hinzufügen …</translation>
    </message>
    <message>
        <source>Add a folder of music</source>
        <translation>Ordner mit Musik hinzufügen</translation>
    </message>
    <message>
        <source>Teach what is playing …</source>
        <translation>Beibringen, was gerade läuft …</translation>
    </message>
    <message>
        <source>Teach what is playing</source>
        <translation>Beibringen, was gerade läuft</translation>
    </message>
    <message>
        <source>Or teach what is playing now …</source>
        <translation>Oder beibringen, was gerade läuft …</translation>
    </message>
    <message>
        <source>Or use genres corrected in the library</source>
        <translation>Oder in der Bibliothek korrigierte Genres nehmen</translation>
    </message>
    <message>
        <source>Folders</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>What will be trained on: usable songs of the included genres</source>
        <translation>Womit trainiert wird: brauchbare Songs der aufgenommenen Genres</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Umbenennen</translation>
    </message>
    <message>
        <source>Merge</source>
        <translation>Zusammenführen</translation>
    </message>
    <message>
        <source>Exclude</source>
        <translation>Ausschließen</translation>
    </message>
    <message>
        <source>Rename the selected genre (F2)</source>
        <translation>Ausgewähltes Genre umbenennen (F2)</translation>
    </message>
    <message>
        <source>Merge the selected genres into the largest; select them with Ctrl</source>
        <translation>Ausgewählte Genres mit dem größten zusammenführen; Auswahl mit Strg</translation>
    </message>
    <message>
        <source>Train without the selected genres, or with them again</source>
        <translation>Ohne die ausgewählten Genres trainieren oder wieder mit ihnen</translation>
    </message>
    <message>
        <source>Looking for music …</source>
        <translation>Musik wird gesucht …</translation>
    </message>
    <message>
        <source>GENRES</source>
        <translation>GENRES</translation>
    </message>
    <message>
        <source>BEFORE TRAINING</source>
        <translation>VOR DEM TRAINING</translation>
    </message>
    <message>
        <source>Genres</source>
        <translation>Genres</translation>
    </message>
    <message>
        <source>Add …</source>
        <translation>Hinzufügen …</translation>
    </message>
    <message>
        <source>Teach …</source>
        <translation>Beibringen …</translation>
    </message>
    <message>
        <source>Ready to train.</source>
        <translation>Bereit zum Trainieren.</translation>
    </message>
    <message>
        <source>Listening to the files …</source>
        <translation>Dateien werden angehört …</translation>
    </message>
    <message>
        <source>Include</source>
        <translation>Aufnehmen</translation>
    </message>
    <message>
        <source>{0} of {1}: {2}</source>
        <translation>{0} von {1}: {2}</translation>
    </message>
    <message>
        <source>No genre was corrected in the library yet. Correct some there first.</source>
        <translation>In der Bibliothek wurde noch kein Genre korrigiert. Korrigiere dort zuerst einige.</translation>
    </message>
    <message>
        <source>A folder with one folder for each genre</source>
        <translation>Ein Ordner, der für jedes Genre einen Ordner enthält</translation>
    </message>
    <message>
        <source>Scan again</source>
        <translation>Neu durchsuchen</translation>
    </message>
    <message>
        <source>Use genres corrected in the library</source>
        <translation>In der Bibliothek korrigierte Genres nehmen</translation>
    </message>
    <message>
        <source>the library&apos;s genres</source>
        <translation>die Genres der Bibliothek</translation>
    </message>
    <message>
        <source>Remove {0}</source>
        <translation>{0} entfernen</translation>
    </message>
    <message>
        <source>Choose the model</source>
        <translation>Modell wählen</translation>
    </message>
</context>
<context>
    <name>MusicScan</name>
    <message>
        <source>looking through the music</source>
        <translation>die Musik durchsehen</translation>
    </message>
</context>
<context>
    <name>Navigation</name>
    <message>
        <source>Music</source>
        <translation>Musik</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>Trainieren</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>Verwenden</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Choose the music first.</source>
        <translation>Wähle zuerst die Musik.</translation>
    </message>
    <message>
        <source>Choose music and model first.</source>
        <translation>Wähle zuerst Musik und Modell.</translation>
    </message>
    <message>
        <source>There is no result yet.</source>
        <translation>Es gibt noch kein Ergebnis.</translation>
    </message>
</context>
<context>
    <name>NewPiece</name>
    <message>
        <source>Genre of the new piece</source>
        <translation>Genre des neuen Stücks</translation>
    </message>
    <message>
        <source> s</source>
        <translation> s</translation>
    </message>
    <message>
        <source>Length of the new piece, seconds</source>
        <translation>Länge des neuen Stücks, Sekunden</translation>
    </message>
    <message>
        <source>Make a piece …</source>
        <translation>Stück erzeugen …</translation>
    </message>
    <message>
        <source>Ask where to save it, then make it; every piece is different</source>
        <translation>Fragt, wohin es gespeichert wird, und erzeugt es dann; jedes Stück ist anders</translation>
    </message>
    <message>
        <source>NEW PIECE</source>
        <translation>NEUES STÜCK</translation>
    </message>
    <message>
        <source>Save the new piece</source>
        <translation>Neues Stück speichern</translation>
    </message>
    <message>
        <source>Sound (*.wav)</source>
        <translation>Ton (*.wav)</translation>
    </message>
    <message>
        <source>making a new piece</source>
        <translation>ein neues Stück erzeugen</translation>
    </message>
    <message>
        <source>Making {0} …</source>
        <translation>{0} wird erzeugt …</translation>
    </message>
    <message>
        <source>{0} s of {1} made: {2} (random seed {3}).</source>
        <translation>{0} s {1} erzeugt: {2} (Zufallsstartwert {3}).</translation>
    </message>
    <message>
        <source>Listen to it</source>
        <translation>Anhören</translation>
    </message>
</context>
<context>
    <name>OutputCard</name>
    <message>
        <source>Test</source>
        <translation>Testen</translation>
    </message>
    <message>
        <source>Test {0}</source>
        <translation>{0} testen</translation>
    </message>
    <message>
        <source>State of {0}</source>
        <translation>Status von {0}</translation>
    </message>
    <message>
        <source>Choose …</source>
        <translation>Wählen …</translation>
    </message>
    <message>
        <source>Write the genre to</source>
        <translation>Genre schreiben nach</translation>
    </message>
    <message>
        <source>Text (*.txt)</source>
        <translation>Text (*.txt)</translation>
    </message>
    <message>
        <source>genre</source>
        <translation>Genre</translation>
    </message>
    <message>
        <source>Connecting …</source>
        <translation>Wird verbunden …</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>Aus</translation>
    </message>
</context>
<context>
    <name>OutputsPage</name>
    <message>
        <source>Other programs</source>
        <translation>Andere Programme</translation>
    </message>
    <message>
        <source>Tell them what is heard. Nothing leaves this program before you switch it on.</source>
        <translation>Sag ihnen, was zu hören ist. Nichts verlässt dieses Programm, bevor du es einschaltest.</translation>
    </message>
</context>
<context>
    <name>Places</name>
    <message>
        <source>loading the other places</source>
        <translation>die anderen Orte laden</translation>
    </message>
</context>
<context>
    <name>PlanController</name>
    <message>
        <source>planning</source>
        <translation>planen</translation>
    </message>
    <message>
        <source>Undoing: {0}</source>
        <translation>Rückgängig: {0}</translation>
    </message>
    <message>
        <source>Stopped. What was done is whole and can be undone.</source>
        <translation>Angehalten. Was getan wurde, ist vollständig und lässt sich rückgängig machen.</translation>
    </message>
    <message>
        <source>reading the history</source>
        <translation>den Verlauf lesen</translation>
    </message>
    <message>
        <source>comparing files</source>
        <translation>Dateien vergleichen</translation>
    </message>
</context>
<context>
    <name>PlanPage</name>
    <message>
        <source>Back to the tracks</source>
        <translation>Zurück zu den Titeln</translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>Alle auswählen</translation>
    </message>
    <message>
        <source>Select none</source>
        <translation>Keine auswählen</translation>
    </message>
    <message>
        <source>Select all rows that are shown</source>
        <translation>Alle angezeigten Zeilen auswählen</translation>
    </message>
    <message>
        <source>Select none of the rows that are shown</source>
        <translation>Keine der angezeigten Zeilen auswählen</translation>
    </message>
    <message>
        <source>Planning …</source>
        <translation>Wird geplant …</translation>
    </message>
    <message>
        <source>Do it</source>
        <translation>Ausführen</translation>
    </message>
    <message>
        <source>Undo …</source>
        <translation>Rückgängig machen …</translation>
    </message>
    <message>
        <source>Show folder</source>
        <translation>Ordner zeigen</translation>
    </message>
    <message>
        <source>WHAT AND WHERE</source>
        <translation>WAS UND WO</translation>
    </message>
    <message>
        <source>Nothing to do</source>
        <translation>Nichts zu tun</translation>
    </message>
    <message>
        <source>{0}, within {1}</source>
        <translation>{0}, innerhalb von {1}</translation>
    </message>
    <message>
        <source>{0}, from {1} into {2}</source>
        <translation>{0}, von {1} nach {2}</translation>
    </message>
    <message>
        <source>{0}, into {1}</source>
        <translation>{0}, nach {1}</translation>
    </message>
    <message>
        <source>All {0}</source>
        <translation>Alle {0}</translation>
    </message>
    <message>
        <source>{0} ready</source>
        <translation>{0} bereit</translation>
    </message>
    <message>
        <source>{0} to check</source>
        <translation>{0} zu prüfen</translation>
    </message>
    <message>
        <source>{0} conflicts</source>
        <translation>{0} Konflikte</translation>
    </message>
    <message>
        <source>Nothing is selected.</source>
        <translation>Nichts ist ausgewählt.</translation>
    </message>
    <message>
        <source>{0} It can be undone at any time.</source>
        <translation>{0} Das lässt sich jederzeit rückgängig machen.</translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation>{0} von {1}</translation>
    </message>
    <message>
        <source>Done: {0}</source>
        <translation>Erledigt: {0}</translation>
    </message>
    <message>
        <source>Nothing was changed</source>
        <translation>Nichts wurde geändert</translation>
    </message>
    <message>
        <source>This can be undone at any time, also after the program was closed.</source>
        <translation>Das lässt sich jederzeit rückgängig machen, auch nachdem das Programm geschlossen war.</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Angehalten</translation>
    </message>
</context>
<context>
    <name>PlanTable</name>
    <message>
        <source>Plan</source>
        <translation>Plan</translation>
    </message>
    <message>
        <source>Sort by</source>
        <translation>Sortieren nach</translation>
    </message>
</context>
<context>
    <name>PlaybackController</name>
    <message>
        <source>opening {0}</source>
        <translation>{0} öffnen</translation>
    </message>
    <message>
        <source>closing a source</source>
        <translation>eine Quelle schließen</translation>
    </message>
</context>
<context>
    <name>PlayerCard</name>
    <message>
        <source>Player</source>
        <translation>Player</translation>
    </message>
    <message>
        <source>Previous (P)</source>
        <translation>Voriger (P)</translation>
    </message>
    <message>
        <source>Play (Space)</source>
        <translation>Abspielen (Leertaste)</translation>
    </message>
    <message>
        <source>Next (N)</source>
        <translation>Nächster (N)</translation>
    </message>
    <message>
        <source>Loop (L)</source>
        <translation>Wiederholen (L)</translation>
    </message>
    <message>
        <source>List of files (Ctrl+L)</source>
        <translation>Dateiliste (Strg+L)</translation>
    </message>
    <message>
        <source>Save picture, log, sound or scores (Ctrl+S)</source>
        <translation>Bild, Protokoll, Ton oder Werte speichern (Strg+S)</translation>
    </message>
    <message>
        <source>Mute (M)</source>
        <translation>Stummschalten (M)</translation>
    </message>
    <message>
        <source>Volume</source>
        <translation>Lautstärke</translation>
    </message>
    <message>
        <source>Drop music on the window, or press Ctrl+O</source>
        <translation>Musik auf das Fenster ziehen oder Strg+O drücken</translation>
    </message>
    <message>
        <source>Pause (Space)</source>
        <translation>Pause (Leertaste)</translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation>{0} von {1}</translation>
    </message>
    <message>
        <source>Volume {0}</source>
        <translation>Lautstärke {0}</translation>
    </message>
    <message>
        <source>Muted</source>
        <translation>Stumm</translation>
    </message>
    <message>
        <source>Looping</source>
        <translation>Wiederholung</translation>
    </message>
    <message>
        <source>Sound on (M)</source>
        <translation>Ton an (M)</translation>
    </message>
</context>
<context>
    <name>Playlist</name>
    <message>
        <source>{0}, cannot be played: {1}</source>
        <translation>{0}, nicht abspielbar: {1}</translation>
    </message>
</context>
<context>
    <name>PlaylistDelegate</name>
    <message>
        <source>{0}: cannot be played</source>
        <translation>{0}: nicht abspielbar</translation>
    </message>
</context>
<context>
    <name>Plot</name>
    <message>
        <source>This network doesn&apos;t report it while it trains.</source>
        <translation>Dieses Netz meldet das beim Training nicht.</translation>
    </message>
    <message>
        <source>After epoch {0}: {1}</source>
        <translation>Nach Epoche {0}: {1}</translation>
    </message>
    <message>
        <source>{0}: {1} after the best epoch, {2}</source>
        <translation>{0}: {1} nach der besten Epoche, {2}</translation>
    </message>
    <message>
        <source>best</source>
        <translation>beste</translation>
    </message>
</context>
<context>
    <name>Preferences</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Language</source>
        <translatorcomment>Stil: Wer angesprochen wird, wird geduzt; Knöpfe und Menüs stehen in der Grundform („Speichern“).</translatorcomment>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Match system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>GenreDesk speaks it from its next start.</source>
        <translation>GenreDesk spricht sie ab dem nächsten Start.</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>Design</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Magma</source>
        <translation>Magma</translation>
    </message>
    <message>
        <source>Viridis</source>
        <translation>Viridis</translation>
    </message>
    <message>
        <source>Cividis</source>
        <translation>Cividis</translation>
    </message>
    <message>
        <source>Gray</source>
        <translation>Grau</translation>
    </message>
    <message>
        <source>Palette</source>
        <translation>Farbpalette</translation>
    </message>
    <message>
        <source>Play through</source>
        <translation>Ausgabe über</translation>
    </message>
    <message>
        <source>System&apos;s default</source>
        <translation>Vorgabe des Systems</translation>
    </message>
    <message>
        <source>How careful</source>
        <translation>Vorsicht</translation>
    </message>
    <message>
        <source>Other programs …</source>
        <translation>Andere Programme …</translation>
    </message>
    <message>
        <source>Tell lights, streams, home automation and media keys what is heard</source>
        <translation>Licht, Streams, Hausautomation und Medientasten mitteilen, was zu hören ist</translation>
    </message>
    <message>
        <source>Show log</source>
        <translation>Protokoll zeigen</translation>
    </message>
    <message>
        <source>Opens the log, which tells what went wrong</source>
        <translation>Öffnet das Protokoll; darin steht, was schiefging</translation>
    </message>
    <message>
        <source>Check the installation …</source>
        <translation>Installation prüfen …</translation>
    </message>
    <message>
        <source>Try sound, file formats, models and folders, and say what to do</source>
        <translation>Ton, Dateiformate, Modelle und Ordner ausprobieren und sagen, was zu tun ist</translation>
    </message>
    <message>
        <source>Careful</source>
        <translation>Vorsichtig</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>Ausgewogen</translation>
    </message>
    <message>
        <source>Bold</source>
        <translation>Mutig</translation>
    </message>
    <message>
        <source>Lowest score of a sure answer</source>
        <translation>Niedrigster Wert einer sicheren Antwort</translation>
    </message>
    <message>
        <source>Not measured for this model: how much it names and how often it is correct at each level is not known.</source>
        <translation>Für dieses Modell nicht gemessen: Wie viel es bei jeder Stufe benennt und wie oft das richtig ist, ist nicht bekannt.</translation>
    </message>
    <message>
        <source>sure from {0}</source>
        <translation>sicher ab {0}</translation>
    </message>
    <message>
        <source>names {0}, {1} correct</source>
        <translation>benennt {0}, {1} richtig</translation>
    </message>
    <message>
        <source>{0} s</source>
        <translation>{0} s</translation>
    </message>
    <message>
        <source>{0} dB</source>
        <translation>{0} dB</translation>
    </message>
    <message>
        <source>as chosen</source>
        <translation>wie gewählt</translation>
    </message>
    <message>
        <source>off</source>
        <translation>aus</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>Textgröße</translation>
    </message>
    <message>
        <source>Darkest</source>
        <translation>Dunkelstes</translation>
    </message>
    <message>
        <source>Brightest</source>
        <translation>Hellstes</translation>
    </message>
    <message>
        <source>Answer every</source>
        <translation>Antwort alle</translation>
    </message>
    <message>
        <source>Smooth over</source>
        <translation>Glätten über</translation>
    </message>
    <message>
        <source>Silence below</source>
        <translation>Stille unter</translation>
    </message>
    <message>
        <source>Sure from</source>
        <translation>Sicher ab</translation>
    </message>
    <message>
        <source>LOOK</source>
        <translation>AUSSEHEN</translation>
    </message>
    <message>
        <source>LISTENING</source>
        <translation>ZUHÖREN</translation>
    </message>
    <message>
        <source>SOUND</source>
        <translation>TON</translation>
    </message>
    <message>
        <source>{0} (not connected)</source>
        <translation>{0} (nicht angeschlossen)</translation>
    </message>
</context>
<context>
    <name>PreviewBar</name>
    <message>
        <source>Stop (Space)</source>
        <translation>Anhalten (Leertaste)</translation>
    </message>
</context>
<context>
    <name>ProgressStrip</name>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
</context>
<context>
    <name>PublishedModels</name>
    <message>
        <source>Get musicnn</source>
        <translation>musicnn holen</translation>
    </message>
    <message>
        <source>Two networks that know 50 tags each (ISC license); downloads 29 MB with pip</source>
        <translation>Zwei Netze, die je 50 Tags kennen (ISC-Lizenz); lädt 29 MB mit pip</translation>
    </message>
    <message>
        <source>getting musicnn</source>
        <translation>musicnn holen</translation>
    </message>
    <message>
        <source>Getting musicnn …</source>
        <translation>musicnn wird geholt …</translation>
    </message>
    <message>
        <source>musicnn was checked and installed (ISC license).</source>
        <translation>musicnn wurde geprüft und installiert (ISC-Lizenz).</translation>
    </message>
</context>
<context>
    <name>Publishing</name>
    <message>
        <source>reaching other programs</source>
        <translation>andere Programme erreichen</translation>
    </message>
    <message>
        <source>testing an output</source>
        <translation>eine Ausgabe testen</translation>
    </message>
    <message>
        <source>Test sent: {0}, {1}. {2}.</source>
        <translation>Test gesendet: {0}, {1}. {2}.</translation>
    </message>
</context>
<context>
    <name>Rail</name>
    <message>
        <source>Places</source>
        <translation>Orte</translation>
    </message>
</context>
<context>
    <name>Readouts</name>
    <message>
        <source>No model</source>
        <translation>Kein Modell</translation>
    </message>
    <message>
        <source>Import one on the Models page.</source>
        <translation>Importiere eines unter „Modelle“.</translation>
    </message>
</context>
<context>
    <name>RecordPanel</name>
    <message>
        <source>{0} was added to {1}.</source>
        <translation>{0} wurde zu {1} hinzugefügt.</translation>
    </message>
    <message>
        <source>keeping a recording</source>
        <translation>eine Aufnahme behalten</translation>
    </message>
</context>
<context>
    <name>RekordboxImport</name>
    <message>
        <source>Genres from a rekordbox XML</source>
        <translation>Genres aus einem rekordbox-XML</translation>
    </message>
    <message>
        <source>rekordbox XML (*.xml)</source>
        <translation>rekordbox-XML (*.xml)</translation>
    </message>
    <message>
        <source>reading {0}</source>
        <translation>{0} lesen</translation>
    </message>
    <message>
        <source>Take genres from {0} as yours?</source>
        <translation>Genres aus {0} als deine übernehmen?</translation>
    </message>
    <message>
        <source>Nothing in {0} is new for your library.</source>
        <translation>In {0} ist nichts Neues für deine Bibliothek.</translation>
    </message>
    <message>
        <source>Take genres ({0})</source>
        <translation>Genres übernehmen ({0})</translation>
    </message>
    <message>
        <source>Take playlists ({0})</source>
        <translation>Wiedergabelisten übernehmen ({0})</translation>
    </message>
    <message>
        <source>setting genres</source>
        <translation>Genres festlegen</translation>
    </message>
</context>
<context>
    <name>ReliabilityDiagram</name>
    <message>
        <source>Reliability diagram</source>
        <translation>Zuverlässigkeitsdiagramm</translation>
    </message>
    <message>
        <source>score % → share correct %</source>
        <translation>Wert % → Anteil richtig %</translation>
    </message>
</context>
<context>
    <name>ReportPage</name>
    <message>
        <source>Report</source>
        <translation>Bericht</translation>
    </message>
    <message>
        <source>This is all that is saved: versions, devices, and the end of the log, in which names of your files may stand. Nothing is sent; you decide who gets it.</source>
        <translation>Nur das wird gespeichert: Versionen, Geräte und das Ende des Protokolls, in dem Namen deiner Dateien stehen können. Nichts wird gesendet; du entscheidest, wer es bekommt.</translation>
    </message>
    <message>
        <source>If it ends like that at every start, begin with {0}.</source>
        <translation>Falls es bei jedem Start so endet, starte mit {0}.</translation>
    </message>
    <message>
        <source>Text of the report</source>
        <translation>Text des Berichts</translation>
    </message>
    <message>
        <source>Save report …</source>
        <translation>Bericht speichern …</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Don&apos;t save</source>
        <translation>Nicht speichern</translation>
    </message>
    <message>
        <source>Looking at versions and devices …</source>
        <translation>Versionen und Geräte werden angesehen …</translation>
    </message>
    <message>
        <source>writing a report</source>
        <translation>einen Bericht schreiben</translation>
    </message>
    <message>
        <source>Save report</source>
        <translation>Bericht speichern</translation>
    </message>
    <message>
        <source>Text (*.txt)</source>
        <translation>Text (*.txt)</translation>
    </message>
    <message>
        <source>The report is saved as {0}.</source>
        <translation>Der Bericht ist als {0} gespeichert.</translation>
    </message>
</context>
<context>
    <name>ResultPage</name>
    <message>
        <source>Choose a cell to see and hear its songs.</source>
        <translation>Wähle ein Feld, um seine Songs zu sehen und zu hören.</translation>
    </message>
    <message>
        <source>Use it anyway</source>
        <translation>Trotzdem verwenden</translation>
    </message>
    <message>
        <source>Train again</source>
        <translation>Noch einmal trainieren</translation>
    </message>
    <message>
        <source>Save the report …</source>
        <translation>Bericht speichern …</translation>
    </message>
    <message>
        <source>There is no result yet</source>
        <translation>Es gibt noch kein Ergebnis</translation>
    </message>
    <message>
        <source>When a training is done, this page says how good it is.</source>
        <translation>Wenn ein Training fertig ist, sagt diese Seite, wie gut es ist.</translation>
    </message>
    <message>
        <source>WHAT IT CONFUSES</source>
        <translation>WAS ES VERWECHSELT</translation>
    </message>
    <message>
        <source>Of the songs that have the word of a row, how many are surely called by the word of a column. Songs have several words, so numbers off the diagonal need not be mistakes.</source>
        <translation>Wie viele der Songs, die das Wort einer Zeile haben, sicher mit dem Wort einer Spalte benannt werden. Songs haben mehrere Wörter, deshalb müssen Zahlen neben der Diagonale keine Fehler sein.</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>GENRE BY GENRE</source>
        <translation>GENRE FÜR GENRE</translation>
    </message>
    <message>
        <source>HOW FAR TO TRUST ITS SCORES</source>
        <translation>WIE WEIT MAN SEINEN WERTEN TRAUEN KANN</translation>
    </message>
    <message>
        <source>BY EVERY RULE</source>
        <translation>NACH ALLEN REGELN</translation>
    </message>
    <message>
        <source>95 % interval of the song accuracy, over {0}</source>
        <translation>95-%-Intervall der Genauigkeit bei Songs, über {0}</translation>
    </message>
    <message>
        <source>WORDS TOGETHER</source>
        <translation>WÖRTER ZUSAMMEN</translation>
    </message>
    <message>
        <source>WORD BY WORD</source>
        <translation>WORT FÜR WORT</translation>
    </message>
    <message>
        <source>On the line, a score means what it says. Expected calibration error {0}, over {1} windows.</source>
        <translation>Auf der Linie bedeutet ein Wert, was er sagt. Erwarteter Kalibrierungsfehler {0}, über {1} Fenster.</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Präzision</translation>
    </message>
    <message>
        <source>Recall</source>
        <translation>Trefferquote</translation>
    </message>
    <message>
        <source>Songs</source>
        <translation>Songs</translation>
    </message>
    <message>
        <source>Songs of {0} that were held back</source>
        <translation>Zurückgehaltene Songs: {0}</translation>
    </message>
    <message>
        <source>Songs, summed probability</source>
        <translation>Songs, summierte Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>Songs, majority vote</source>
        <translation>Songs, Mehrheit der Fenster</translation>
    </message>
    <message>
        <source>Right genre among the first three</source>
        <translation>Richtiges Genre unter den ersten drei</translation>
    </message>
    <message>
        <source>Windows, each for itself</source>
        <translation>Fenster, jedes für sich</translation>
    </message>
    <message>
        <source>over {0}</source>
        <translation>über {0}</translation>
    </message>
    <message>
        <source>over {0}; 95 % interval: {1}</source>
        <translation>über {0}; 95-%-Intervall: {1}</translation>
    </message>
    <message>
        <source>of {0}</source>
        <translation>von {0}</translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation>Bericht speichern</translation>
    </message>
    <message>
        <source>Report (*.html)</source>
        <translation>Bericht (*.html)</translation>
    </message>
    <message>
        <source>Picture of this page (*.png)</source>
        <translation>Bild dieser Seite (*.png)</translation>
    </message>
    <message>
        <source>Every window as a table (*.csv)</source>
        <translation>Alle Fenster als Tabelle (*.csv)</translation>
    </message>
    <message>
        <source>All numbers for programs (*.json)</source>
        <translation>Alle Zahlen für Programme (*.json)</translation>
    </message>
    <message>
        <source>report</source>
        <translation>Bericht</translation>
    </message>
    <message>
        <source>saving the report</source>
        <translation>den Bericht speichern</translation>
    </message>
    <message>
        <source>Saved as {0}</source>
        <translation>Gespeichert als {0}</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>Verwenden</translation>
    </message>
    <message>
        <source>{0} stays in use. The new model is kept in the history.</source>
        <translation>{0} bleibt in Gebrauch. Das neue Modell bleibt im Verlauf.</translation>
    </message>
</context>
<context>
    <name>Resuming</name>
    <message>
        <source>looking for what was open</source>
        <translation>nachsehen, was offen war</translation>
    </message>
</context>
<context>
    <name>RuleRow</name>
    <message>
        <source>Run it after each scan of “genredesk watch”</source>
        <translation>Nach jedem Durchgang von „genredesk watch“ ausführen</translation>
    </message>
    <message>
        <source>every track</source>
        <translation>alle Titel</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Vorschau</translation>
    </message>
    <message>
        <source>See what it would do now; nothing is changed yet</source>
        <translation>Ansehen, was sie jetzt täte; noch wird nichts geändert</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Bearbeiten</translation>
    </message>
    <message>
        <source>Delete the rule {0}</source>
        <translation>Regel {0} löschen</translation>
    </message>
</context>
<context>
    <name>RulesPage</name>
    <message>
        <source>Back to the tracks</source>
        <translation>Zurück zu den Titeln</translation>
    </message>
    <message>
        <source>No rules yet</source>
        <translation>Noch keine Regeln</translation>
    </message>
    <message>
        <source>For example: heard:jazz state:sure → Write genre tags</source>
        <translation>Zum Beispiel: heard:jazz state:sure → Genre-Tags schreiben</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Which tracks: a filter as in the library</source>
        <translation>Welche Titel (ein Filter)</translation>
    </message>
    <message>
        <source>What is done to them</source>
        <translation>Was mit ihnen geschieht</translation>
    </message>
    <message>
        <source>Save rule</source>
        <translation>Regel speichern</translation>
    </message>
    <message>
        <source>Rules</source>
        <translation>Regeln</translation>
    </message>
    <message>
        <source>A rule that is on runs after each scan of the service “genredesk watch”. Tracks that have to be checked are left alone, and History can undo all of it.</source>
        <translation>Eine eingeschaltete Regel wird nach jedem Durchgang des Dienstes „genredesk watch“ ausgeführt. Zu prüfende Titel bleiben, wie sie sind, und alles lässt sich im Verlauf rückgängig machen.</translation>
    </message>
    <message>
        <source>NEW RULE</source>
        <translation>NEUE REGEL</translation>
    </message>
    <message>
        <source>EDIT RULE</source>
        <translation>REGEL BEARBEITEN</translation>
    </message>
    <message>
        <source>saving a rule</source>
        <translation>eine Regel speichern</translation>
    </message>
    <message>
        <source>deleting a rule</source>
        <translation>eine Regel löschen</translation>
    </message>
</context>
<context>
    <name>RunHistoryPage</name>
    <message>
        <source>Trainings</source>
        <translation>Trainings</translation>
    </message>
    <message>
        <source>Select two with Ctrl to compare them</source>
        <translation>Wähle mit Strg zwei aus, um sie zu vergleichen</translation>
    </message>
    <message>
        <source>VALIDATION WINDOWS %</source>
        <translation>VALIDIERUNGSFENSTER %</translation>
    </message>
    <message>
        <source>Held-back windows</source>
        <translation>Zurückgehaltene Fenster</translation>
    </message>
    <message>
        <source>Show the result</source>
        <translation>Ergebnis zeigen</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Repeat with a change</source>
        <translation>Mit einer Änderung wiederholen</translation>
    </message>
    <message>
        <source>Delete …</source>
        <translation>Löschen …</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Leeren</translation>
    </message>
    <message>
        <source>Nothing was trained yet</source>
        <translation>Noch nichts trainiert</translation>
    </message>
    <message>
        <source>Every training is kept here with its music, recipe, curves and result.</source>
        <translation>Jedes Training wird hier mit Musik, Rezept, Kurven und Ergebnis aufbewahrt.</translation>
    </message>
    <message>
        <source>TRAININGS</source>
        <translation>TRAININGS</translation>
    </message>
    <message>
        <source>About the training</source>
        <translation>Über das Training</translation>
    </message>
    <message>
        <source>Cached features: {0}</source>
        <translation>Zwischengespeicherte Merkmale: {0}</translation>
    </message>
    <message>
        <source>Features computed from the music, so that another training starts at once</source>
        <translation>Aus der Musik berechnete Merkmale, damit ein weiteres Training sofort beginnt</translation>
    </message>
    <message>
        <source>Delete {0}?</source>
        <translation>{0} löschen?</translation>
    </message>
    <message>
        <source>Delete {0} trainings?</source>
        <translation>{0} Trainings löschen?</translation>
    </message>
    <message>
        <source>Curves, results and what could be resumed are removed. Models that are in use, and the music, stay.</source>
        <translation>Kurven, Ergebnisse und alles, womit es weitergehen könnte, werden entfernt. Modelle in Gebrauch und die Musik bleiben.</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>Behalten</translation>
    </message>
</context>
<context>
    <name>RunPage</name>
    <message>
        <source>Progress of the training</source>
        <translation>Fortschritt des Trainings</translation>
    </message>
    <message>
        <source>The time left is estimated from the speed so far; it may end earlier</source>
        <translation>Die Restzeit ist nach dem bisherigen Tempo geschätzt; es kann früher enden</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Stop and keep the best</source>
        <translation>Anhalten und das Beste behalten</translation>
    </message>
    <message>
        <source>Cancel …</source>
        <translation>Abbrechen …</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>They are tested after each epoch.</source>
        <translation>Sie werden nach jeder Epoche geprüft.</translation>
    </message>
    <message>
        <source>Songs that are wrong now</source>
        <translation>Songs, die jetzt falsch sind</translation>
    </message>
    <message>
        <source>No training is running</source>
        <translation>Es läuft kein Training</translation>
    </message>
    <message>
        <source>Choose the music and the model first; the curves grow here.</source>
        <translation>Wähle zuerst Musik und Modell; hier wachsen dann die Kurven.</translation>
    </message>
    <message>
        <source>HELD-BACK SONGS</source>
        <translation>ZURÜCKGEHALTENE SONGS</translation>
    </message>
    <message>
        <source>WRONG NOW</source>
        <translation>JETZT FALSCH</translation>
    </message>
    <message>
        <source>Starting the training process …</source>
        <translation>Der Trainingsprozess wird gestartet …</translation>
    </message>
    <message>
        <source>{0} for training, {1} held back ({2}).</source>
        <translation>{0} zum Trainieren, {1} zurückgehalten ({2}).</translation>
    </message>
    <message>
        <source>{0} for training, {1} of them held back once ({2}).</source>
        <translation>{0} zum Trainieren, {1} davon je einmal zurückgehalten ({2}).</translation>
    </message>
    <message>
        <source>is {0}, called {1}</source>
        <translation>ist {0}, genannt {1}</translation>
    </message>
    <message>
        <source>WRONG NOW: {0} OF {1}</source>
        <translation>JETZT FALSCH: {0} VON {1}</translation>
    </message>
    <message>
        <source>Done after {0}</source>
        <translation>Fertig nach {0}</translation>
    </message>
    <message>
        <source>It failed after {0}</source>
        <translation>Fehlgeschlagen nach {0}</translation>
    </message>
    <message>
        <source>Canceled after {0}</source>
        <translation>Abgebrochen nach {0}</translation>
    </message>
    <message>
        <source>Interrupted after {0}</source>
        <translation>Unterbrochen nach {0}</translation>
    </message>
    <message>
        <source>Stopping after this epoch …</source>
        <translation>Nach dieser Epoche wird angehalten …</translation>
    </message>
    <message>
        <source>Canceling …</source>
        <translation>Wird abgebrochen …</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Pausiert</translation>
    </message>
    <message>
        <source>Epoch {0} of {1}</source>
        <translation>Epoche {0} von {1}</translation>
    </message>
    <message>
        <source>Trial {0} of {1}</source>
        <translation>Versuch {0} von {1}</translation>
    </message>
    <message>
        <source>Trial {2}, epoch {0} of {1}</source>
        <translation>Versuch {2}, Epoche {0} von {1}</translation>
    </message>
    <message>
        <source>Preparing, {0}</source>
        <translation>Vorbereitung, {0}</translation>
    </message>
    <message>
        <source>{0} · about {1} left</source>
        <translation>{0} · noch etwa {1}</translation>
    </message>
    <message>
        <source>Everything up to the last whole epoch is kept.</source>
        <translation>Alles bis zur letzten ganzen Epoche ist aufbewahrt.</translation>
    </message>
    <message>
        <source>Nothing was kept but the choice of music and model.</source>
        <translation>Nichts wurde aufbewahrt außer der Wahl von Musik und Modell.</translation>
    </message>
    <message>
        <source>Stop training without a model?</source>
        <translation>Training ohne Modell beenden?</translation>
    </message>
    <message>
        <source>It doesn&apos;t produce a model. What was learned up to the last whole epoch is kept, so that it can be resumed.</source>
        <translation>Es entsteht kein Modell. Was bis zur letzten ganzen Epoche gelernt wurde, wird aufbewahrt, damit es weitergehen kann.</translation>
    </message>
    <message>
        <source>Stop training</source>
        <translation>Training beenden</translation>
    </message>
    <message>
        <source>Keep training</source>
        <translation>Weiter trainieren</translation>
    </message>
    <message>
        <source>See the result</source>
        <translation>Ergebnis ansehen</translation>
    </message>
</context>
<context>
    <name>ScanStrip</name>
    <message>
        <source>Scan</source>
        <translation>Durchsuchen</translation>
    </message>
    <message>
        <source>Progress of the scan</source>
        <translation>Fortschritt der Suche</translation>
    </message>
    <message>
        <source>Processor cores the scan may use</source>
        <translation>Prozessorkerne, die die Suche benutzen darf</translation>
    </message>
    <message>
        <source>Pause the scan</source>
        <translation>Suche pausieren</translation>
    </message>
    <message>
        <source>Stop the scan; it can be resumed later</source>
        <translation>Suche anhalten; sie kann später weitergehen</translation>
    </message>
    <message>
        <source>Resume the scan</source>
        <translation>Suche fortsetzen</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Pausiert</translation>
    </message>
    <message>
        <source>Listening</source>
        <translation>Hört zu</translation>
    </message>
    <message>
        <source>Looking for music</source>
        <translation>Sucht Musik</translation>
    </message>
</context>
<context>
    <name>SettingsStore</name>
    <message>
        <source>saving the settings</source>
        <translation>die Einstellungen speichern</translation>
    </message>
    <message>
        <source>{0} Changes last until GenreDesk is closed.</source>
        <translation>{0} Änderungen gelten, bis GenreDesk geschlossen wird.</translation>
    </message>
</context>
<context>
    <name>Sidebar</name>
    <message>
        <source>Places</source>
        <translation>Orte</translation>
    </message>
    <message>
        <source>Groups</source>
        <translation>Gruppen</translation>
    </message>
    <message>
        <source>Folders</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Group by</source>
        <translation>Gruppieren nach</translation>
    </message>
    <message>
        <source>Mine or heard</source>
        <translation>Meins oder gehört</translation>
    </message>
    <message>
        <source>Tag genre</source>
        <translation>Genre im Tag</translation>
    </message>
    <message>
        <source>Disagreement</source>
        <translation>Widerspruch</translation>
    </message>
    <message>
        <source>How sure</source>
        <translation>Wie sicher</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Artist</source>
        <translation>Interpret</translation>
    </message>
    <message>
        <source>Album</source>
        <translation>Album</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Recording</source>
        <translation>Aufnahme</translation>
    </message>
    <message>
        <source>Show these groups in the table</source>
        <translation>Diese Gruppen in der Tabelle zeigen</translation>
    </message>
    <message>
        <source>Add a folder</source>
        <translation>Ordner hinzufügen</translation>
    </message>
    <message>
        <source>FOLDERS</source>
        <translation>ORDNER</translation>
    </message>
    <message>
        <source>All tracks</source>
        <translation>Alle Titel</translation>
    </message>
    <message>
        <source>Tag against answer, track by track, with one key each</source>
        <translation>Tag gegen Antwort, Titel für Titel, mit je einer Taste</translation>
    </message>
    <message>
        <source>Decide conflicts</source>
        <translation>Konflikte entscheiden</translation>
    </message>
    <message>
        <source>The drive is not connected; its tracks are kept.</source>
        <translation>Das Laufwerk ist nicht angeschlossen; seine Titel bleiben erhalten.</translation>
    </message>
    <message>
        <source>It is not watched for new files.</source>
        <translation>Auf neue Dateien wird hier nicht geachtet.</translation>
    </message>
</context>
<context>
    <name>SongPreview</name>
    <message>
        <source>playing {0}</source>
        <translation>{0} abspielen</translation>
    </message>
    <message>
        <source>It cannot be played.</source>
        <translation>Nicht abspielbar.</translation>
    </message>
    <message>
        <source>closing a source</source>
        <translation>eine Quelle schließen</translation>
    </message>
</context>
<context>
    <name>SongWindows</name>
    <message>
        <source>Windows of the song</source>
        <translation>Fenster des Songs</translation>
    </message>
    <message>
        <source>drawing the spectrogram …</source>
        <translation>Spektrogramm wird gezeichnet …</translation>
    </message>
    <message>
        <source>{0}–{1}: called {2} ({3}), it is {4}</source>
        <translation>{0}–{1}: genannt {2} ({3}), ist aber {4}</translation>
    </message>
    <message>
        <source>{0}–{1}: called {2} ({3}), correct</source>
        <translation>{0}–{1}: genannt {2} ({3}), richtig</translation>
    </message>
</context>
<context>
    <name>SongsCard</name>
    <message>
        <source>Problems only</source>
        <translation>Nur Probleme</translation>
    </message>
    <message>
        <source>Songs</source>
        <translation>Songs</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>Abspielen</translation>
    </message>
    <message>
        <source>Move the selected songs to another genre</source>
        <translation>Ausgewählte Songs in ein anderes Genre verschieben</translation>
    </message>
    <message>
        <source>Move to …</source>
        <translation>Verschieben nach …</translation>
    </message>
    <message>
        <source>Exclude</source>
        <translation>Ausschließen</translation>
    </message>
    <message>
        <source>Exclude the selected songs from the training</source>
        <translation>Ausgewählte Songs vom Training ausschließen</translation>
    </message>
    <message>
        <source>Back to the genre</source>
        <translation>Zurück ins Genre</translation>
    </message>
    <message>
        <source>All problems ({0})</source>
        <translation>Alle Probleme ({0})</translation>
    </message>
    <message>
        <source>PROBLEMS</source>
        <translation>PROBLEME</translation>
    </message>
    <message>
        <source>SONGS</source>
        <translation>SONGS</translation>
    </message>
    <message>
        <source>excluded</source>
        <translation>ausgeschlossen</translation>
    </message>
    <message>
        <source>Include</source>
        <translation>Aufnehmen</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
</context>
<context>
    <name>Stage</name>
    <message>
        <source>GenreDesk stage</source>
        <translation>GenreDesk-Bühne</translation>
    </message>
    <message>
        <source>Stage</source>
        <translation>Bühne</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>Network, device and speed</source>
        <translation>Netz, Gerät und Tempo</translation>
    </message>
    <message>
        <source>No model is installed.</source>
        <translation>Kein Modell ist installiert.</translation>
    </message>
    <message>
        <source>{0} ms a window</source>
        <translation>{0} ms je Fenster</translation>
    </message>
    <message>
        <source>{0} × real time</source>
        <translation>{0} × Echtzeit</translation>
    </message>
</context>
<context>
    <name>Steps</name>
    <message>
        <source>Steps</source>
        <translation>Schritte</translation>
    </message>
</context>
<context>
    <name>Teacher</name>
    <message>
        <source>teaching a word</source>
        <translation>ein Wort beibringen</translation>
    </message>
    <message>
        <source>Listening for {0} now.</source>
        <translation>Jetzt wird auf {0} geachtet.</translation>
    </message>
    <message>
        <source>One example is too few to say how right it is.</source>
        <translation>Ein Beispiel ist zu wenig, um zu sagen, wie oft es stimmt.</translation>
    </message>
    <message>
        <source>Tested on examples it had not learned from: {0} of {1} correct ({2}).</source>
        <translation>Geprüft an Beispielen, aus denen es nicht gelernt hatte: {0} von {1} richtig ({2}).</translation>
    </message>
    <message>
        <source>Tested on songs it had not learned from: {0} of {1} correct.</source>
        <translation>Geprüft an Songs, aus denen es nicht gelernt hatte: {0} von {1} richtig.</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
</context>
<context>
    <name>TimelineCard</name>
    <message>
        <source>Timeline</source>
        <translation>Zeitleiste</translation>
    </message>
    <message>
        <source>Axis of the picture</source>
        <translation>Achse des Bildes</translation>
    </message>
    <message>
        <source>Mel</source>
        <translation>Mel</translation>
    </message>
    <message>
        <source>Hertz, linear</source>
        <translation>Hertz, linear</translation>
    </message>
    <message>
        <source>Hertz, log</source>
        <translation>Hertz, logarithmisch</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Noten</translation>
    </message>
    <message>
        <source>Show more time (-)</source>
        <translation>Mehr Zeit zeigen (-)</translation>
    </message>
    <message>
        <source>Show less time (+)</source>
        <translation>Weniger Zeit zeigen (+)</translation>
    </message>
    <message>
        <source>Back to now (End)</source>
        <translation>Zurück zum Jetzt (Ende)</translation>
    </message>
    <message>
        <source>Freeze the picture (F)</source>
        <translation>Bild einfrieren (F)</translation>
    </message>
    <message>
        <source>Log of what was heard (G)</source>
        <translation>Protokoll des Gehörten (G)</translation>
    </message>
    <message>
        <source>Save what is selected, or everything (Ctrl+S)</source>
        <translation>Auswahl oder alles speichern (Strg+S)</translation>
    </message>
    <message>
        <source>{0} selected</source>
        <translation>{0} ausgewählt</translation>
    </message>
    <message>
        <source>Frozen; listening goes on behind it</source>
        <translation>Eingefroren; im Hintergrund wird weiter zugehört</translation>
    </message>
    <message>
        <source>Nothing was heard</source>
        <translation>Nichts wurde gehört</translation>
    </message>
    <message>
        <source>no model</source>
        <translation>kein Modell</translation>
    </message>
</context>
<context>
    <name>TimelinePainting</name>
    <message>
        <source>gap</source>
        <translation>Lücke</translation>
    </message>
    <message>
        <source>now</source>
        <translation>jetzt</translation>
    </message>
    <message>
        <source>{0} s window</source>
        <translation>{0}-s-Fenster</translation>
    </message>
    <message>
        <source>Frozen</source>
        <translation>Eingefroren</translation>
    </message>
    <message>
        <source>{0} ago</source>
        <translation>vor {0}</translation>
    </message>
    <message>
        <source>{0} Hz  {1}  {2} dB</source>
        <translation>{0} Hz  {1}  {2} dB</translation>
    </message>
</context>
<context>
    <name>TimelineView</name>
    <message>
        <source>Timeline</source>
        <translation>Zeitleiste</translation>
    </message>
    <message>
        <source>Genres and spectrogram along the time</source>
        <translation>Genres und Spektrogramm entlang der Zeit</translation>
    </message>
</context>
<context>
    <name>Toast</name>
    <message>
        <source>Message</source>
        <translation>Meldung</translation>
    </message>
</context>
<context>
    <name>TopFive</name>
    <message>
        <source>Five most probable genres</source>
        <translation>Die fünf wahrscheinlichsten Genres</translation>
    </message>
    <message>
        <source>nothing heard</source>
        <translation>nichts gehört</translation>
    </message>
</context>
<context>
    <name>TopLine</name>
    <message>
        <source>Source of the sound</source>
        <translation>Quelle des Tons</translation>
    </message>
    <message>
        <source>Model that names the genre</source>
        <translation>Modell, das das Genre benennt</translation>
    </message>
    <message>
        <source>Starting …</source>
        <translation>Startet …</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>SOURCE</source>
        <translation>QUELLE</translation>
    </message>
    <message>
        <source>MODEL</source>
        <translation>MODELL</translation>
    </message>
    <message>
        <source>Player</source>
        <translation>Player</translation>
    </message>
    <message>
        <source>Microphones and inputs</source>
        <translation>Mikrofone und Eingänge</translation>
    </message>
    <message>
        <source>What the computer plays</source>
        <translation>Was der Rechner abspielt</translation>
    </message>
    <message>
        <source>How to hear it …</source>
        <translation>Wie man es hören kann …</translation>
    </message>
    <message>
        <source>Not connected</source>
        <translation>Nicht angeschlossen</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Files …</source>
        <translation>Dateien …</translation>
    </message>
    <message>
        <source>Folder …</source>
        <translation>Ordner …</translation>
    </message>
    <message>
        <source>Choose what to listen to</source>
        <translation>Quelle wählen</translation>
    </message>
    <message>
        <source>Source of the sound: {0}</source>
        <translation>Quelle des Tons: {0}</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>Kein Modell</translation>
    </message>
    <message>
        <source>Model that names the genre: {0}</source>
        <translation>Modell, das das Genre benennt: {0}</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keines</translation>
    </message>
    <message>
        <source>{0}. {1} Click to choose another device.</source>
        <translation>{0}. {1} Klicken, um ein anderes Gerät zu wählen.</translation>
    </message>
    <message>
        <source>The devices are being tested …</source>
        <translation>Die Geräte werden getestet …</translation>
    </message>
    <message>
        <source>Nothing open</source>
        <translation>Nichts offen</translation>
    </message>
    <message>
        <source>Opening …</source>
        <translation>Wird geöffnet …</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>Live</translation>
    </message>
    <message>
        <source>Playing</source>
        <translation>Wiedergabe</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Pausiert</translation>
    </message>
    <message>
        <source>Lost</source>
        <translation>Getrennt</translation>
    </message>
    <message>
        <source>At the end</source>
        <translation>Am Ende</translation>
    </message>
    <message>
        <source>Can&apos;t play</source>
        <translation>Nicht abspielbar</translation>
    </message>
</context>
<context>
    <name>TrackPreview</name>
    <message>
        <source>playing a track</source>
        <translation>einen Titel abspielen</translation>
    </message>
    <message>
        <source>closing a source</source>
        <translation>eine Quelle schließen</translation>
    </message>
</context>
<context>
    <name>TracksTable</name>
    <message>
        <source>Tracks</source>
        <translation>Titel</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>Spalten</translation>
    </message>
    <message>
        <source>Sort by</source>
        <translation>Sortieren nach</translation>
    </message>
</context>
<context>
    <name>TrainPage</name>
    <message>
        <source>loading the Train place</source>
        <translation>„Trainieren“ laden</translation>
    </message>
    <message>
        <source>A training is running</source>
        <translation>Ein Training läuft</translation>
    </message>
    <message>
        <source>If you quit now it stops. Everything up to its last whole epoch is kept, and you can resume it when you start GenreDesk again.</source>
        <translation>Wenn du jetzt beendest, wird es angehalten. Alles bis zur letzten ganzen Epoche bleibt, und beim nächsten Start von GenreDesk kann es weitergehen.</translation>
    </message>
    <message>
        <source>Quit and resume later</source>
        <translation>Beenden und später fortsetzen</translation>
    </message>
    <message>
        <source>Keep training</source>
        <translation>Weiter trainieren</translation>
    </message>
</context>
<context>
    <name>Trainer</name>
    <message>
        <source>A training is running already. Wait for it, or cancel it first.</source>
        <translation>Es läuft schon ein Training. Warte, bis es fertig ist, oder brich es erst ab.</translation>
    </message>
    <message>
        <source>training</source>
        <translation>trainieren</translation>
    </message>
    <message>
        <source>The training cannot be kept in {0} ({1}). Make room there.</source>
        <translation>Das Training lässt sich in {0} nicht aufbewahren ({1}). Schaffe dort Platz.</translation>
    </message>
    <message>
        <source>Another GenreDesk window is training at the moment. Wait for it, or cancel it there: two trainings at once would only slow each other down.</source>
        <translation>Ein anderes GenreDesk-Fenster trainiert gerade. Warte darauf oder brich es dort ab: Zwei Trainings zugleich bremsen einander nur.</translation>
    </message>
    <message>
        <source>keeping the training</source>
        <translation>das Training aufbewahren</translation>
    </message>
</context>
<context>
    <name>TrainingFlow</name>
    <message>
        <source>The training is done: {0} is ready on the Train page.</source>
        <translation>Das Training ist fertig: {0} steht unter „Trainieren“ bereit.</translation>
    </message>
</context>
<context>
    <name>TrainingSession</name>
    <message>
        <source>reading the history</source>
        <translation>den Verlauf lesen</translation>
    </message>
    <message>
        <source>reading the result</source>
        <translation>das Ergebnis lesen</translation>
    </message>
    <message>
        <source>reading the curves</source>
        <translation>die Kurven lesen</translation>
    </message>
    <message>
        <source>It is running. Cancel it first.</source>
        <translation>Es läuft gerade. Brich es zuerst ab.</translation>
    </message>
    <message>
        <source>deleting a training</source>
        <translation>ein Training löschen</translation>
    </message>
    <message>
        <source>measuring the cache</source>
        <translation>den Zwischenspeicher messen</translation>
    </message>
    <message>
        <source>They are in use. Wait until the training or the scan is over.</source>
        <translation>Sie werden gebraucht. Warte, bis das Training oder die Suche vorbei ist.</translation>
    </message>
    <message>
        <source>clearing the cache</source>
        <translation>den Zwischenspeicher leeren</translation>
    </message>
    <message>
        <source>installing the model</source>
        <translation>das Modell installieren</translation>
    </message>
    <message>
        <source>keeping the music list</source>
        <translation>die Musikliste aufbewahren</translation>
    </message>
</context>
<context>
    <name>Transport</name>
    <message>
        <source>Try again</source>
        <translation>Noch einmal versuchen</translation>
    </message>
</context>
<context>
    <name>TrialTable</name>
    <message>
        <source>Trials of the search</source>
        <translation>Versuche der Suche</translation>
    </message>
    <message>
        <source>Trial</source>
        <translation>Versuch</translation>
    </message>
    <message>
        <source>Windows correct</source>
        <translation>Fenster richtig</translation>
    </message>
    <message>
        <source>Epochs</source>
        <translation>Epochen</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>done</source>
        <translation>fertig</translation>
    </message>
    <message>
        <source>ended early</source>
        <translation>vorzeitig beendet</translation>
    </message>
</context>
<context>
    <name>UndoHistoryPage</name>
    <message>
        <source>Back to the tracks</source>
        <translation>Zurück zu den Titeln</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Newest first. Each can be undone as long as the files are there.</source>
        <translation>Das Neueste zuerst. Jedes lässt sich rückgängig machen, solange die Dateien da sind.</translation>
    </message>
    <message>
        <source>Nothing was changed yet</source>
        <translation>Noch nichts geändert</translation>
    </message>
    <message>
        <source>Whatever is written, moved or copied from now on can be undone here.</source>
        <translation>Was von jetzt an geschrieben, verschoben oder kopiert wird, lässt sich hier rückgängig machen.</translation>
    </message>
    <message>
        <source>Undo “{0}”?</source>
        <translation>„{0}“ rückgängig machen?</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Keep as it is</source>
        <translation>So lassen</translation>
    </message>
    <message>
        <source>no file has changed since</source>
        <translation>seitdem hat sich keine Datei geändert</translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation>{0} von {1}</translation>
    </message>
</context>
<context>
    <name>UsePage</name>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>License</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>For my own use only</source>
        <translation>Nur für mich selbst</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Anmerkungen</translation>
    </message>
    <message>
        <source>What it was trained for, what it is good at, what it confuses.</source>
        <translation>Wofür es trainiert wurde, was es gut kann, was es verwechselt.</translation>
    </message>
    <message>
        <source>Use it now</source>
        <translation>Jetzt verwenden</translation>
    </message>
    <message>
        <source>Add to my models</source>
        <translation>Zu meinen Modellen hinzufügen</translation>
    </message>
    <message>
        <source>Export …</source>
        <translation>Exportieren …</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>There is no new model yet</source>
        <translation>Es gibt noch kein neues Modell</translation>
    </message>
    <message>
        <source>Train one; then it gets its name here.</source>
        <translation>Trainiere eines; hier bekommt es dann seinen Namen.</translation>
    </message>
    <message>
        <source>YOUR MODEL</source>
        <translation>DEIN MODELL</translation>
    </message>
    <message>
        <source>WHAT ITS CARD WILL SAY</source>
        <translation>WAS AUF SEINER KARTE STEHEN WIRD</translation>
    </message>
    <message>
        <source>Card of the model</source>
        <translation>Karte des Modells</translation>
    </message>
    <message>
        <source>Genres</source>
        <translation>Genres</translation>
    </message>
    <message>
        <source>Songs</source>
        <translation>Songs</translation>
    </message>
    <message>
        <source>Windows</source>
        <translation>Fenster</translation>
    </message>
    <message>
        <source>Kept apart</source>
        <translation>Getrennt gehalten</translation>
    </message>
    <message>
        <source>Made from</source>
        <translation>Entstanden aus</translation>
    </message>
    <message>
        <source>Sure</source>
        <translation>Sicher</translation>
    </message>
    <message>
        <source>from {0}</source>
        <translation>ab {0}</translation>
    </message>
    <message>
        <source>as one of your models it makes them, too, on the Models page</source>
        <translation>als eines deiner Modelle macht es sie auch unter „Modelle“</translation>
    </message>
    <message>
        <source>New pieces</source>
        <translation>Neue Stücke</translation>
    </message>
    <message>
        <source>Save changes</source>
        <translation>Änderungen speichern</translation>
    </message>
    <message>
        <source>It is listening now.</source>
        <translation>Es hört jetzt zu.</translation>
    </message>
    <message>
        <source>Kept in {0}</source>
        <translation>Liegt in {0}</translation>
    </message>
    <message>
        <source>It is one of your models.</source>
        <translation>Es ist eines deiner Modelle.</translation>
    </message>
    <message>
        <source>It is ready. Give it a name.</source>
        <translation>Es ist fertig. Gib ihm einen Namen.</translation>
    </message>
    <message>
        <source>It will be kept in {0}</source>
        <translation>Es wird in {0} liegen</translation>
    </message>
    <message>
        <source>Export the model</source>
        <translation>Modell exportieren</translation>
    </message>
    <message>
        <source>GenreDesk models (*{0})</source>
        <translation>GenreDesk-Modelle (*{0})</translation>
    </message>
    <message>
        <source>exporting the model</source>
        <translation>das Modell exportieren</translation>
    </message>
    <message>
        <source>Exported to {0}.</source>
        <translation>Nach {0} exportiert.</translation>
    </message>
</context>
<context>
    <name>Walk</name>
    <message>
        <source>looking for music in {0}</source>
        <translation>nach Musik in {0} suchen</translation>
    </message>
    <message>
        <source>what was opened</source>
        <translation>was geöffnet wurde</translation>
    </message>
    <message>
        <source>There is no sound file in {0}. GenreDesk plays wav, flac, mp3, ogg, opus, m4a, aiff, au, wma, wv and many others, and the sound of films.</source>
        <translation>In {0} ist keine Audiodatei. GenreDesk spielt wav, flac, mp3, ogg, opus, m4a, aiff, au, wma, wv und viele andere sowie den Ton von Filmen.</translation>
    </message>
</context>
<context>
    <name>WelcomePage</name>
    <message>
        <source>First steps</source>
        <translation>Erste Schritte</translation>
    </message>
    <message>
        <source>Welcome to GenreDesk</source>
        <translation>Willkommen bei GenreDesk</translation>
    </message>
    <message>
        <source>Three things you can set now. Each can wait; nothing is required.</source>
        <translation>Drei Dinge, die du jetzt einstellen kannst. Jedes kann warten; nichts ist nötig.</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>Abspielen</translation>
    </message>
    <message>
        <source>Skip</source>
        <translation>Überspringen</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Los geht’s</translation>
    </message>
    <message>
        <source>Your music</source>
        <translation>Deine Musik</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Jetzt nicht</translation>
    </message>
    <message>
        <source>Choose a folder …</source>
        <translation>Ordner wählen …</translation>
    </message>
    <message>
        <source>Language</source>
        <translatorcomment>Stil: Wer angesprochen wird, wird geduzt; Knöpfe und Menüs stehen in der Grundform („Speichern“).</translatorcomment>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Match system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Microphone</source>
        <translation>Mikrofon</translation>
    </message>
    <message>
        <source>Every track in it is listened to in the background. Your files stay as they are.</source>
        <translation>Jeder Titel darin wird im Hintergrund angehört. Deine Dateien bleiben, wie sie sind.</translation>
    </message>
    <message>
        <source>Name what plays in the room. No sound is kept, and none is sent.</source>
        <translation>Benennen, was im Raum läuft. Kein Ton wird gespeichert oder gesendet.</translation>
    </message>
    <message>
        <source>You can change it later in Settings.</source>
        <translation>Das kannst du später in den Einstellungen ändern.</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Hear how a piece is named as it goes.</source>
        <translation>Erleben, wie ein Stück beim Hören benannt wird.</translation>
    </message>
    <message>
        <source>Now playing: {0}</source>
        <translation>Es läuft: {0}</translation>
    </message>
    <message>
        <source>Now playing …</source>
        <translation>Es läuft etwas …</translation>
    </message>
    <message>
        <source>None is connected</source>
        <translation>Keines angeschlossen</translation>
    </message>
</context>
<context>
    <name>WindowFiles</name>
    <message>
        <source>Music ({0})</source>
        <translation>Musik ({0})</translation>
    </message>
    <message>
        <source>Open music</source>
        <translation>Musik öffnen</translation>
    </message>
    <message>
        <source>Open a folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Drop to play</source>
        <translation>Zum Abspielen ablegen</translation>
    </message>
    <message>
        <source>Drop to install the model</source>
        <translation>Ablegen, um das Modell zu installieren</translation>
    </message>
</context>
<context>
    <name>WindowPicture</name>
    <message>
        <source>What the network gets</source>
        <translation>Was das Netz bekommt</translation>
    </message>
</context>
<context>
    <name>WordsChoice</name>
    <message>
        <source>What a song has</source>
        <translation>Was ein Song hat</translation>
    </message>
    <message>
        <source>One genre a song: its folder</source>
        <translation>Ein Genre je Song: sein Ordner</translation>
    </message>
    <message>
        <source>Several words a song: from tracks.csv</source>
        <translation>Mehrere Wörter je Song: aus tracks.csv</translation>
    </message>
    <message>
        <source>Several words a song: from the files&apos; genre tags</source>
        <translation>Mehrere Wörter je Song: aus den Genre-Tags der Dateien</translation>
    </message>
    <message>
        <source>The tags</source>
        <translation>Die Tags</translation>
    </message>
</context>
<context>
    <name>WordsPage</name>
    <message>
        <source>Back to the tracks</source>
        <translation>Zurück zu den Titeln</translation>
    </message>
    <message>
        <source>Genre names and thresholds</source>
        <translation>Genrenamen und Schwellen</translation>
    </message>
    <message>
        <source>What is written for each genre: one name, or several separated by commas. “Jazz › Bebop” puts Bebop under Jazz; “Jazz › Fusion, Rock › Fusion” puts Fusion under both. A genre with an empty line is never written. An answer is sure from the score beside it.</source>
        <translation>Was für jedes Genre geschrieben wird: ein Name oder mehrere, durch Kommas getrennt. „Jazz › Bebop“ stellt Bebop unter Jazz; „Jazz › Fusion, Rock › Fusion“ stellt Fusion unter beide. Ein Genre mit leerer Zeile wird nie geschrieben. Eine Antwort ist ab dem Wert daneben sicher.</translation>
    </message>
    <message>
        <source>Tree of the genre names</source>
        <translation>Baum der Genrenamen</translation>
    </message>
    <message>
        <source>AS A TREE</source>
        <translation>ALS BAUM</translation>
    </message>
    <message>
        <source>ONLY THESE NAMES</source>
        <translation>NUR DIESE NAMEN</translation>
    </message>
    <message>
        <source>Only these names are written</source>
        <translation>Nur diese Namen werden geschrieben</translation>
    </message>
    <message>
        <source>Empty: every name is written. Else one a line: other genres go to the nearest name above them that is listed, or are left out.</source>
        <translation>Leer: Jeder Name wird geschrieben. Sonst einer je Zeile: Andere Genres gehen zum nächsten Namen darüber, der in der Liste steht, oder entfallen.</translation>
    </message>
    <message>
        <source>Heard as</source>
        <translation>Gehört als</translation>
    </message>
    <message>
        <source>Sure from</source>
        <translation>Sicher ab</translation>
    </message>
    <message>
        <source>Written as</source>
        <translation>Geschrieben als</translation>
    </message>
    <message>
        <source>saving the genre names</source>
        <translation>die Genrenamen speichern</translation>
    </message>
</context>
<context>
    <name>_Step</name>
    <message>
        <source>Step {0}: {1}</source>
        <translation>Schritt {0}: {1}</translation>
    </message>
</context>
<context>
    <name>messages</name>
    <message>
        <source>
Mean over {n_per_label} words: precision {precision:.0%}, recall {recall:.0%}, average precision {average_precision:.2f}.</source>
        <translation>
Mittel über {n_per_label} Wörter: Präzision {precision:.0%}, Trefferquote {recall:.0%}, mittlere Präzision {average_precision:.2f}.</translation>
    </message>
    <message>
        <source>
On these songs: {ears} ears {about}, the first alone {about2}.</source>
        <translation>
An diesen Songs: {ears} Ohren {about}, das erste allein {about2}.</translation>
    </message>
    <message>
        <source>  (in use)</source>
        <translation>  (in Gebrauch)</translation>
    </message>
    <message>
        <source>  (offline)</source>
        <translation>  (nicht angeschlossen)</translation>
    </message>
    <message>
        <source> (default)</source>
        <translation> (Vorgabe)</translation>
    </message>
    <message>
        <source> (in the end also those that were kept back to measure it)</source>
        <translation> (am Ende auch die, die zum Messen zurückgehalten waren)</translation>
    </message>
    <message>
        <source> ({share} right)</source>
        <translation> ({share} richtig)</translation>
    </message>
    <message>
        <source> Did you mean &apos;{near}&apos;?</source>
        <translation> Meintest du „{near}“?</translation>
    </message>
    <message>
        <source> It answers after {window_s:.0f} s of sound.</source>
        <translation> Es antwortet nach {window_s:.0f} s Ton.</translation>
    </message>
    <message>
        <source> Its last output: {tail}</source>
        <translation> Zuletzt meldete er: {tail}</translation>
    </message>
    <message>
        <source> Plan {plan_id}.</source>
        <translation> Plan {plan_id}.</translation>
    </message>
    <message>
        <source> Resume it to go on after its last epoch.</source>
        <translation> Setze es fort, dann geht es nach der letzten Epoche weiter.</translation>
    </message>
    <message>
        <source> already</source>
        <translation> schon</translation>
    </message>
    <message>
        <source> and was {backbone}</source>
        <translation> und war {backbone}</translation>
    </message>
    <message>
        <source> in line {lineno}</source>
        <translation> in Zeile {lineno}</translation>
    </message>
    <message>
        <source> under {parents} parents</source>
        <translation> unter {parents} Oberbegriffen</translation>
    </message>
    <message>
        <source> ± {spread:.1%} over {seeds} seeds</source>
        <translation> ± {spread:.1%} über {seeds} Startwerte</translation>
    </message>
    <message>
        <source> · steady for {steady:.0f} s</source>
        <translation> · stabil seit {steady:.0f} s</translation>
    </message>
    <message>
        <source>%(prog)s: error: %(message)s
</source>
        <translation>%(prog)s: Fehler: %(message)s
</translation>
    </message>
    <message>
        <source>(none)</source>
        <translation>(keines)</translation>
    </message>
    <message>
        <source>(paper {paper}), runs: {runs}</source>
        <translation>(Paper {paper}), Läufe: {runs}</translation>
    </message>
    <message>
        <source>, because it remembers</source>
        <translation>, weil es sich erinnert</translation>
    </message>
    <message>
        <source>, run {number} of {runs}</source>
        <translation>, Lauf {number} von {runs}</translation>
    </message>
    <message>
        <source>, then the folder of songs</source>
        <translation>, dann den Ordner mit Songs</translation>
    </message>
    <message>
        <source>--notebook trains the paper&apos;s own waveform network on the songs of one genre first (a folder with
one folder per genre) and writes what that makes: noise, as the design cannot do better.</source>
        <translation>--notebook trainiert zuerst das Wellenformnetz des Papers mit den Songs eines Genres (ein Ordner mit
einem Ordner je Genre) und schreibt, was es macht: Rauschen, denn mehr kann dieser Entwurf nicht.</translation>
    </message>
    <message>
        <source>--sure {sure} is not between 0 and 1.</source>
        <translation>--sure {sure} liegt nicht zwischen 0 und 1.</translation>
    </message>
    <message>
        <source>1 ear {share} ({span})</source>
        <translation>1 Ohr {share} ({span})</translation>
    </message>
    <message>
        <source>1 epoch</source>
        <translation>1 Epoche</translation>
    </message>
    <message>
        <source>1 file</source>
        <translation>1 Datei</translation>
    </message>
    <message>
        <source>1 file does not have the genre in its tags yet; Navidrome finds it once it is written there.</source>
        <translation>1 Datei hat das Genre noch nicht in den Tags; Navidrome findet sie, sobald es dort steht.</translation>
    </message>
    <message>
        <source>1 file that is not music by its name ({kinds})</source>
        <translation>1 Datei, die dem Namen nach keine Musik ist ({kinds})</translation>
    </message>
    <message>
        <source>1 file that lies beside music (cue sheets, covers and the like) will not go along.</source>
        <translation>1 Datei neben der Musik (Cue-Sheets, Cover und Ähnliches) geht nicht mit.</translation>
    </message>
    <message>
        <source>1 hidden or system folder ({names})</source>
        <translation>1 versteckter oder Systemordner ({names})</translation>
    </message>
    <message>
        <source>1 is already as it should be.</source>
        <translation>1 ist schon, wie sie sein soll.</translation>
    </message>
    <message>
        <source>1 piece</source>
        <translation>1 Stück</translation>
    </message>
    <message>
        <source>1 playlist</source>
        <translation>1 Wiedergabeliste</translation>
    </message>
    <message>
        <source>1 segment</source>
        <translation>1 Abschnitt</translation>
    </message>
    <message>
        <source>1 song</source>
        <translation>1 Song</translation>
    </message>
    <message>
        <source>1 window</source>
        <translation>1 Fenster</translation>
    </message>
    <message>
        <source>1 worker at {address}; dashboard: {link}</source>
        <translation>1 Arbeitsprozess bei {address}; Übersicht: {link}</translation>
    </message>
    <message>
        <source>1,234.5</source>
        <translation>1.234,5</translation>
    </message>
    <message>
        <source>82%</source>
        <translation>82&#xa0;%</translation>
    </message>
    <message>
        <source>95 % interval</source>
        <translation>95-%-Intervall</translation>
    </message>
    <message>
        <source>; perhaps {heard}</source>
        <translation>; vielleicht {heard}</translation>
    </message>
    <message>
        <source>; see --apply.</source>
        <translation>; siehe --apply.</translation>
    </message>
    <message>
        <source>; something ended it from outside, perhaps because memory ran short</source>
        <translation>; etwas hat ihn von außen beendet, vielleicht weil der Speicher knapp wurde</translation>
    </message>
    <message>
        <source>A cluster needs Dask: pip install &apos;genredesk[cluster]&apos;.</source>
        <translation>Ein Cluster braucht Dask: pip install &apos;genredesk[cluster]&apos;.</translation>
    </message>
    <message>
        <source>A file lies where its folder would be.</source>
        <translation>Wo ihr Ordner wäre, liegt eine Datei.</translation>
    </message>
    <message>
        <source>A file that is not as it was left stays as it is and is named. The exit status is then 1, and the
next undo tries it again.</source>
        <translation>Eine Datei, die nicht mehr so ist, wie sie hinterlassen wurde, bleibt, wie sie ist, und wird genannt.
Der Rückgabewert ist dann 1, und das nächste undo versucht es noch einmal.</translation>
    </message>
    <message>
        <source>A front end of this model that is several is a part of another one.</source>
        <translation>Ein mehrteiliges Frontend dieses Modells ist Teil eines anderen.</translation>
    </message>
    <message>
        <source>A hop of {hop} s is not between 0.1 and 3 seconds.</source>
        <translation>Ein Abstand von {hop} s liegt nicht zwischen 0.1 und 3 Sekunden.</translation>
    </message>
    <message>
        <source>A last layer is learned on the processor.</source>
        <translation>Eine letzte Schicht wird auf dem Prozessor gelernt.</translation>
    </message>
    <message>
        <source>A made-up piece: {reason}.</source>
        <translation>Ein erfundenes Stück: {reason}.</translation>
    </message>
    <message>
        <source>A network without a last layer of its own, as every autoencoder, cannot hear together with others. Leave it out.</source>
        <translation>Ein Netz ohne eigene letzte Schicht, wie jeder Autoencoder, kann nicht mit anderen zusammen hören. Lass es weg.</translation>
    </message>
    <message>
        <source>A new network does not begin with a bundle. Leave --bundle out, or say how to go on with it: --mode full or --mode quick.</source>
        <translation>Ein neues Netz beginnt nicht mit einem Bundle. Lass --bundle weg oder sag, wie es damit weitergeht: --mode full oder --mode quick.</translation>
    </message>
    <message>
        <source>A part that networks need cannot be loaded ({reason}). Install GenreDesk again.</source>
        <translation>Ein Teil, den Netze brauchen, lässt sich nicht laden ({reason}). Installiere GenreDesk neu.</translation>
    </message>
    <message>
        <source>A quick run learns from all songs as it is. Leave out fitting it again.</source>
        <translation>Ein schneller Lauf lernt ohnehin aus allen Songs. Lass das erneute Anpassen weg.</translation>
    </message>
    <message>
        <source>A recipe has no field {name}. It has {fields}.</source>
        <translation>Ein Rezept hat kein Feld {name}. Es hat {fields}.</translation>
    </message>
    <message>
        <source>A rule needs a name.</source>
        <translation>Eine Regel braucht einen Namen.</translation>
    </message>
    <message>
        <source>A song&apos;s answer here can differ a little from that of `genredesk classify` on its file, and near a
bound so can how sure it is: this measures as training does, by windows one second apart, silent
ones included, of kept pictures that array files come as. A file is answered by windows three
seconds apart in which there is sound.</source>
        <translation>Die Antwort zu einem Song kann hier ein wenig von der abweichen, die `genredesk classify` für die
Datei gibt, und nahe an einer Schwelle auch, wie sicher sie ist: Gemessen wird wie beim Training, mit
Fenstern im Abstand einer Sekunde, stille eingeschlossen, aus aufbewahrten Bildern. Eine Datei wird
mit Fenstern im Abstand von drei Sekunden beantwortet, in denen etwas zu hören ist.</translation>
    </message>
    <message>
        <source>A worker of the cluster cannot analyze: {said}</source>
        <translation>Ein Arbeitsprozess des Clusters kann nicht analysieren: {said}</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>Add some to it.</source>
        <translation>Lege welche hinein.</translation>
    </message>
    <message>
        <source>All answers together</source>
        <translation>Alle Antworten zusammen</translation>
    </message>
    <message>
        <source>All the sound of {file} is in that file already. Select a stretch of it to save that one as WAV.</source>
        <translation>Der ganze Ton von {file} liegt schon in dieser Datei. Wähle einen Abschnitt aus, um ihn als WAV zu sichern.</translation>
    </message>
    <message>
        <source>All workers have left the cluster. Start some and scan again; what was heard is kept.</source>
        <translation>Alle Arbeitsprozesse haben den Cluster verlassen. Starte welche und durchsuche noch einmal; was gehört wurde, bleibt.</translation>
    </message>
    <message>
        <source>All {train} songs were learned from in the end; for the numbers {valid} of them were asked about once, by a network that had not ({protocol}).</source>
        <translation>Am Ende wurde aus allen {train} Songs gelernt; für die Zahlen wurde nach {valid} davon je einmal gefragt, und zwar ein Netz, das aus ihnen nicht gelernt hatte ({protocol}).</translation>
    </message>
    <message>
        <source>Allow writing to it, or make room; GENREDESK_HOME names another place.</source>
        <translation>Erlaube das Schreiben dort oder schaffe Platz; GENREDESK_HOME nennt einen anderen Ort.</translation>
    </message>
    <message>
        <source>Always answering the most common genre would get {most}, rolling dice {even}.</source>
        <translation>Wer immer das häufigste Genre nennt, läge bei {most}, wer würfelt, bei {even}.</translation>
    </message>
    <message>
        <source>Always there; one thread.</source>
        <translation>Immer da; ein Thread.</translation>
    </message>
    <message>
        <source>Another GenreDesk (process {pid}) is doing that already.</source>
        <translation>Ein anderes GenreDesk (Prozess {pid}) ist schon dabei.</translation>
    </message>
    <message>
        <source>Another GenreDesk (process {pid}) is scanning this library already. Its results appear here, too.</source>
        <translation>Ein anderes GenreDesk (Prozess {pid}) durchsucht diese Bibliothek schon. Die Ergebnisse erscheinen auch hier.</translation>
    </message>
    <message>
        <source>Another file of this plan gets that name.</source>
        <translation>Eine andere Datei dieses Plans bekommt diesen Namen.</translation>
    </message>
    <message>
        <source>Another process of this training{where} has ended or cannot be reached; it may have said why. Start the same command on every machine again with --resume: it goes on after the last whole epoch.</source>
        <translation>Ein anderer Prozess dieses Trainings{where} ist beendet oder nicht erreichbar; vielleicht hat er gemeldet, warum. Starte denselben Befehl auf jedem Rechner noch einmal mit --resume: Es geht nach der letzten ganzen Epoche weiter.</translation>
    </message>
    <message>
        <source>Artists are kept together where tags or the table name them. Makes no bundle.</source>
        <translation>Interpreten bleiben zusammen, wo Tags oder die Tabelle sie nennen. Es entsteht kein Bundle.</translation>
    </message>
    <message>
        <source>Artists on both sides: {names} (known of {n} songs).</source>
        <translation>Interpreten auf beiden Seiten: {names} (bekannt bei {n} Songs).</translation>
    </message>
    <message>
        <source>At least one run is needed.</source>
        <translation>Mindestens ein Lauf ist nötig.</translation>
    </message>
    <message>
        <source>At least two folds and one seed are needed.</source>
        <translation>Mindestens zwei Teile und ein Startwert sind nötig.</translation>
    </message>
    <message>
        <source>Average precision</source>
        <translation>Mittlere Präzision</translation>
    </message>
    <message>
        <source>Balance is one of none, weights, sampling.</source>
        <translation>Der Ausgleich ist eines von none, weights, sampling.</translation>
    </message>
    <message>
        <source>Bars: how often an answer with this score was right; the line is perfect calibration.</source>
        <translation>Balken: wie oft eine Antwort mit diesem Wert richtig war; die Linie ist die perfekte Kalibrierung.</translation>
    </message>
    <message>
        <source>Beside it</source>
        <translation>Zum Vergleich</translation>
    </message>
    <message>
        <source>Between {0} and {1}</source>
        <translation>Zwischen {0} und {1}</translation>
    </message>
    <message>
        <source>Brass &amp; Military</source>
        <translation>Blas- &amp; Militärmusik</translation>
    </message>
    <message>
        <source>Cache</source>
        <translation>Zwischenspeicher</translation>
    </message>
    <message>
        <source>Calibration error of songs</source>
        <translation>Kalibrierungsfehler der Songs</translation>
    </message>
    <message>
        <source>Calibration error of windows</source>
        <translation>Kalibrierungsfehler der Fenster</translation>
    </message>
    <message>
        <source>Can&apos;t tell</source>
        <translation>Unklar</translation>
    </message>
    <message>
        <source>Careful: {names} on both sides; the accuracy will flatter.</source>
        <translation>Achtung: {names} auf beiden Seiten; die Genauigkeit ist dann geschönt.</translation>
    </message>
    <message>
        <source>Change its permissions or copy it elsewhere.</source>
        <translation>Ändere die Berechtigungen oder kopiere sie woandershin.</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>Prüfen</translation>
    </message>
    <message>
        <source>Check its drive.</source>
        <translation>Prüfe das Laufwerk.</translation>
    </message>
    <message>
        <source>Check that it is not muted and that the system lets programs use the microphone.</source>
        <translation>Prüfe, ob es stummgeschaltet ist und ob das System Programmen das Mikrofon erlaubt.</translation>
    </message>
    <message>
        <source>Check that its drive is connected.</source>
        <translation>Prüfe, ob das Laufwerk angeschlossen ist.</translation>
    </message>
    <message>
        <source>Check this installation: sound, decoders, models, devices, folders; say what to do.</source>
        <translation>Die Installation prüfen: Ton, Decoder, Modelle, Geräte, Ordner; und sagen, was zu tun ist.</translation>
    </message>
    <message>
        <source>Children&apos;s</source>
        <translation>Kindermusik</translation>
    </message>
    <message>
        <source>Choose a .genredesk file, or the folder of a bundle, which holds a card.json.</source>
        <translation>Wähle eine .genredesk-Datei oder den Ordner eines Bundles, in dem eine card.json liegt.</translation>
    </message>
    <message>
        <source>Choose a folder to put the files into.</source>
        <translation>Wähle einen Ordner, in den die Dateien kommen.</translation>
    </message>
    <message>
        <source>Choose another file.</source>
        <translation>Wähle eine andere Datei.</translation>
    </message>
    <message>
        <source>Choose another name, or delete that one first.</source>
        <translation>Wähle einen anderen Namen oder lösche zuerst jenes.</translation>
    </message>
    <message>
        <source>Choose one that holds music.</source>
        <translation>Wähle einen, in dem Musik liegt.</translation>
    </message>
    <message>
        <source>Chosen by you.</source>
        <translation>Von dir gewählt.</translation>
    </message>
    <message>
        <source>Classical</source>
        <translation>Klassik</translation>
    </message>
    <message>
        <source>Compare up to four models on the same labeled songs, with the interval of each difference.</source>
        <translation>Bis zu vier Modelle an denselben benannten Songs vergleichen, mit dem Intervall jedes Unterschieds.</translation>
    </message>
    <message>
        <source>Comparing</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Comparing with guessing.</source>
        <translation>Es wird mit Raten verglichen.</translation>
    </message>
    <message>
        <source>Comparing with {title} and with guessing.</source>
        <translation>Es wird mit {title} und mit Raten verglichen.</translation>
    </message>
    <message>
        <source>Compute</source>
        <translation>Rechnen</translation>
    </message>
    <message>
        <source>Computed in 32 bits ({full}): it cannot be computed in bfloat16 here.</source>
        <translation>Gerechnet in 32 Bit ({full}): bfloat16 geht hier nicht.</translation>
    </message>
    <message>
        <source>Computed in 32 bits ({full}): {said}.</source>
        <translation>Gerechnet in 32 Bit ({full}): {said}.</translation>
    </message>
    <message>
        <source>Computed in bfloat16 ({low}): {said}.</source>
        <translation>Gerechnet in bfloat16 ({low}): {said}.</translation>
    </message>
    <message>
        <source>Computed in {began}, as it was begun.</source>
        <translation>Gerechnet in {began}, wie es begonnen wurde.</translation>
    </message>
    <message>
        <source>Computed in {chosen}, by the kind of device.</source>
        <translation>Gerechnet in {chosen}, nach der Art des Geräts.</translation>
    </message>
    <message>
        <source>Confusion of segments: rows true</source>
        <translation>Verwechslungen der Abschnitte: Zeilen sind wahr</translation>
    </message>
    <message>
        <source>Confusion of songs</source>
        <translation>Verwechslungen der Songs</translation>
    </message>
    <message>
        <source>Confusion of songs: rows true</source>
        <translation>Verwechslungen der Songs: Zeilen sind wahr</translation>
    </message>
    <message>
        <source>Connect one to use it.</source>
        <translation>Schließe eines an, um es zu benutzen.</translation>
    </message>
    <message>
        <source>Connect one; it is noticed at once.</source>
        <translation>Schließe eines an; es wird sofort bemerkt.</translation>
    </message>
    <message>
        <source>Copy into folders</source>
        <translation>In Ordner kopieren</translation>
    </message>
    <message>
        <source>Copy or download it again.</source>
        <translation>Kopiere sie oder lade sie noch einmal herunter.</translation>
    </message>
    <message>
        <source>Copy {files} into {folder}</source>
        <translation>{files} nach {folder} kopieren</translation>
    </message>
    <message>
        <source>Correct without any network, to compare with ({title}): {named}.</source>
        <translation>Zum Vergleich, richtig ganz ohne Netz ({title}): {named}.</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>Daten</translation>
    </message>
    <message>
        <source>Delete it on the Models page and import it again.</source>
        <translation>Lösche es unter „Modelle“ und importiere es noch einmal.</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>Geräte</translation>
    </message>
    <message>
        <source>Devices and nodes are at least 1.</source>
        <translation>Geräte und Rechner sind mindestens 1.</translation>
    </message>
    <message>
        <source>Download it first.</source>
        <translation>Lade die Datei zuerst herunter.</translation>
    </message>
    <message>
        <source>Downloading {name}</source>
        <translation>{name} wird heruntergeladen</translation>
    </message>
    <message>
        <source>Each file is answered as a whole (summed probability over its windows) and window by window. With
--json one object a line and file is written as soon as the file is done; progress goes to standard
error. A file that cannot be read does not stop the others; the exit status is then 1.</source>
        <translation>Jede Datei wird als Ganzes beantwortet (über ihre Fenster summierte Wahrscheinlichkeit) und Fenster
für Fenster. Mit --json wird je Datei ein Objekt in einer Zeile geschrieben, sobald sie fertig ist;
der Fortschritt geht auf die Standardfehlerausgabe. Eine unlesbare Datei hält die anderen nicht auf;
der Rückgabewert ist dann 1.</translation>
    </message>
    <message>
        <source>Each model can be named once.</source>
        <translation>Jedes Modell kann einmal genannt werden.</translation>
    </message>
    <message>
        <source>Electronic</source>
        <translation>Elektronisch</translation>
    </message>
    <message>
        <source>Epochs</source>
        <translation>Epochen</translation>
    </message>
    <message>
        <source>Epochs, batch, learning rate and minutes must be positive.</source>
        <translation>Epochen, Fenster je Schritt, Lernrate und Minuten müssen positiv sein.</translation>
    </message>
    <message>
        <source>Epochs: {epochs} instead of the paper&apos;s.</source>
        <translation>Epochen: {epochs} statt der des Papers.</translation>
    </message>
    <message>
        <source>Every genre has one song only, so there is none to try what was learned on. Add a second song to at least one of them.</source>
        <translation>Jedes Genre hat nur einen Song, deshalb gibt es keinen, an dem sich das Gelernte ausprobieren ließe. Füge mindestens einem einen zweiten Song hinzu.</translation>
    </message>
    <message>
        <source>Every run is written as it ends. The same command goes on where it was stopped; started several
times, by torchrun or on other computers that see the folder of --out, each takes rows that nobody
has taken.</source>
        <translation>Jeder Lauf wird geschrieben, sobald er endet. Derselbe Befehl macht dort weiter, wo er angehalten
wurde; mehrfach gestartet, durch torchrun oder auf anderen Rechnern, die den Ordner von --out sehen,
nimmt sich jeder Zeilen, die noch niemand hat.</translation>
    </message>
    <message>
        <source>Everything works.</source>
        <translation>Alles funktioniert.</translation>
    </message>
    <message>
        <source>Experimental</source>
        <translation>Experimentell</translation>
    </message>
    <message>
        <source>Export a table</source>
        <translation>Tabelle exportieren</translation>
    </message>
    <message>
        <source>Export it again for an older opset, or update GenreDesk.</source>
        <translation>Exportiere es noch einmal für ein älteres Opset oder aktualisiere GenreDesk.</translation>
    </message>
    <message>
        <source>Export it again where it was made, or import another copy.</source>
        <translation>Exportiere es dort noch einmal, wo es gemacht wurde, oder importiere eine andere Kopie.</translation>
    </message>
    <message>
        <source>Export to rekordbox</source>
        <translation>Nach rekordbox exportieren</translation>
    </message>
    <message>
        <source>Export {n:,} rows</source>
        <translation>{n:,} Zeilen exportieren</translation>
    </message>
    <message>
        <source>Exporting the network.</source>
        <translation>Das Netz wird exportiert.</translation>
    </message>
    <message>
        <source>Features cannot be kept in {folder} ({reason}). Make room there and start again; what is done stays.</source>
        <translation>In {folder} lassen sich keine Merkmale aufbewahren ({reason}). Schaffe dort Platz und beginne noch einmal; was getan ist, bleibt.</translation>
    </message>
    <message>
        <source>File formats</source>
        <translation>Dateiformate</translation>
    </message>
    <message>
        <source>Filters are given in Hz, 0 leaves one out.</source>
        <translation>Filter werden in Hz angegeben, 0 lässt einen weg.</translation>
    </message>
    <message>
        <source>Flattering: a split of pieces instead of songs would have claimed {share} of {n} windows.</source>
        <translation>Geschönt: Eine Aufteilung nach Stücken statt nach Songs hätte {share} von {n} Fenstern ergeben.</translation>
    </message>
    <message>
        <source>Folders</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Folders named here become part of the library; without any, those it has are looked through again.
What was done before is not done twice, so a scan that was stopped goes on where it was. With --json
the sums are written as one JSON object. The exit status is 1 when files could not be read.</source>
        <translation>Hier genannte Ordner werden Teil der Bibliothek; ohne Angabe werden die vorhandenen noch einmal
durchgesehen. Nichts wird doppelt getan, deshalb geht eine angehaltene Suche dort weiter, wo sie war.
Mit --json werden die Summen als ein JSON-Objekt geschrieben. Der Rückgabewert ist 1, wenn Dateien
nicht lesbar waren.</translation>
    </message>
    <message>
        <source>Folk, World, &amp; Country</source>
        <translation>Folk, Welt &amp; Country</translation>
    </message>
    <message>
        <source>Full training could not be installed: {reason}. Nothing was changed.</source>
        <translation>Das volle Training ließ sich nicht installieren: {reason}. Nichts wurde geändert.</translation>
    </message>
    <message>
        <source>Full training is installed already.</source>
        <translation>Das volle Training ist schon installiert.</translation>
    </message>
    <message>
        <source>Full training is installed in {path}.</source>
        <translation>Das volle Training ist in {path} installiert.</translation>
    </message>
    <message>
        <source>Full training is not installed ({module} is missing).</source>
        <translation>Das volle Training ist nicht installiert ({module} fehlt).</translation>
    </message>
    <message>
        <source>Full training needs PyTorch and what belongs to it: networks of your own from scratch, fine-tuning of all layers, the search for better recipes, the papers&apos; experiments and new pieces of music. Quick training goes without. It takes {size}.</source>
        <translation>Das volle Training braucht PyTorch und was dazugehört: eigene Netze von Grund auf, Feinabstimmung aller Schichten, die Suche nach besseren Rezepten, die Experimente der Papers und neue Musikstücke. Schnelles Training geht ohne. Es braucht {size}.</translation>
    </message>
    <message>
        <source>Genre</source>
        <translation>Genre</translation>
    </message>
    <message>
        <source>GenreDesk knows no place for a genre in {kind} files</source>
        <translation>GenreDesk kennt in {kind}-Dateien keinen Platz für ein Genre</translation>
    </message>
    <message>
        <source>GenreDesk report</source>
        <translation>GenreDesk-Bericht</translation>
    </message>
    <message>
        <source>GenreDesk was stopped before it came to this file.</source>
        <translation>GenreDesk wurde angehalten, bevor diese Datei an der Reihe war.</translation>
    </message>
    <message>
        <source>Genres</source>
        <translation>Genres</translation>
    </message>
    <message>
        <source>Get a smaller one.</source>
        <translation>Nimm eine kleinere.</translation>
    </message>
    <message>
        <source>Get it again, as a whole.</source>
        <translation>Hole sie noch einmal, und zwar ganz.</translation>
    </message>
    <message>
        <source>Get the JSON that belongs to it.</source>
        <translation>Hole das JSON, das dazugehört.</translation>
    </message>
    <message>
        <source>Get the one whose batch is open (Essentia calls it bsdynamic).</source>
        <translation>Nimm den mit offener Batch-Größe (bei Essentia heißt er bsdynamic).</translation>
    </message>
    <message>
        <source>Give either a file of weights or --imagenet, not both.</source>
        <translation>Gib entweder eine Datei mit Gewichten oder --imagenet an, nicht beides.</translation>
    </message>
    <message>
        <source>Give either a folder of labeled folders or a mel array file.</source>
        <translation>Gib entweder einen Ordner mit benannten Ordnern an oder eine Datei mit Mel-Arrays.</translation>
    </message>
    <message>
        <source>Give either a folder with one folder per genre, or --mels and --tracks.</source>
        <translation>Gib entweder einen Ordner mit einem Ordner je Genre an, oder --mels und --tracks.</translation>
    </message>
    <message>
        <source>Give either files of weights or --imagenet, not both.</source>
        <translation>Gib entweder Dateien mit Gewichten oder --imagenet an, nicht beides.</translation>
    </message>
    <message>
        <source>Give it a word or leave it out.</source>
        <translation>Gib ihm ein Wort oder lass ihn weg.</translation>
    </message>
    <message>
        <source>Going on after epoch {epoch}.</source>
        <translation>Weiter nach Epoche {epoch}.</translation>
    </message>
    <message>
        <source>Going on after {done} trials.</source>
        <translation>Weiter nach {done} Versuchen.</translation>
    </message>
    <message>
        <source>Graphics card (torch)</source>
        <translation>Grafikkarte (torch)</translation>
    </message>
    <message>
        <source>Gray: training windows; blue: held-back windows; red: held-back songs. Bottom 0 %, top 100 %.</source>
        <translation>Grau: Trainingsfenster; blau: zurückgehaltene Fenster; rot: zurückgehaltene Songs. Unten 0 %, oben 100 %.</translation>
    </message>
    <message>
        <source>Hear</source>
        <translation>Hören</translation>
    </message>
    <message>
        <source>Heard: {shares}.</source>
        <translation>Gehört: {shares}.</translation>
    </message>
    <message>
        <source>Here its answers are exact.</source>
        <translation>Hier sind die Antworten genau.</translation>
    </message>
    <message>
        <source>Here {begins}</source>
        <translation>Hier {begins}</translation>
    </message>
    <message>
        <source>Hip-hop</source>
        <translation>Hip-Hop</translation>
    </message>
    <message>
        <source>How it ended</source>
        <translation>Wie es endete</translation>
    </message>
    <message>
        <source>ID is the name in the first column of the list: that of the file or folder it was imported from.</source>
        <translation>ID ist der Name in der ersten Spalte der Liste: der der Datei oder des Ordners, woraus importiert wurde.</translation>
    </message>
    <message>
        <source>If songs that were kept back here were among them, its number and this network&apos;s flatter.</source>
        <translation>Waren hier zurückgehaltene Songs darunter, sind seine Zahl und die dieses Netzes geschönt.</translation>
    </message>
    <message>
        <source>If songs that were kept back here were among them, its number flatters.</source>
        <translation>Waren hier zurückgehaltene Songs darunter, ist seine Zahl geschönt.</translation>
    </message>
    <message>
        <source>ImageNet ({name})</source>
        <translation>ImageNet ({name})</translation>
    </message>
    <message>
        <source>Import that model, and name this one with --head.</source>
        <translation>Importiere dieses Modell und nenne dieses hier mit --head.</translation>
    </message>
    <message>
        <source>Import the bundle again.</source>
        <translation>Importiere das Bundle noch einmal.</translation>
    </message>
    <message>
        <source>In 32 bits, as its card wants it.</source>
        <translation>In 32 Bit, wie die Karte es will.</translation>
    </message>
    <message>
        <source>In 32 bits: its 8-bit form answers differently on this processor.</source>
        <translation>In 32 Bit: Die 8-Bit-Form antwortet auf diesem Prozessor anders.</translation>
    </message>
    <message>
        <source>In 32 bits: its 8-bit form was compared on sounds that are not known here.</source>
        <translation>In 32 Bit: Die 8-Bit-Form wurde an Klängen verglichen, die hier nicht bekannt sind.</translation>
    </message>
    <message>
        <source>In 32 bits: {full} a window on this processor, {small} in 8 bits.</source>
        <translation>In 32 Bit: {full} je Fenster auf diesem Prozessor, {small} in 8 Bit.</translation>
    </message>
    <message>
        <source>In 32 or in 8 bits, whichever is quicker here: timed when it is first used.</source>
        <translation>In 32 oder in 8 Bit, je nachdem, was hier schneller ist: wird beim ersten Gebrauch gemessen.</translation>
    </message>
    <message>
        <source>In 8 bits: {small} a window on this processor, {full} in 32 bits.</source>
        <translation>In 8 Bit: {small} je Fenster auf diesem Prozessor, {full} in 32 Bit.</translation>
    </message>
    <message>
        <source>In a terminal this is a view with the genre in large letters, the top five, a spectrogram and the
last minute. Otherwise one line is written whenever the answer changes, or with --json one object
for every answer.</source>
        <translation>In einem Terminal ist das eine Ansicht mit dem Genre in großen Buchstaben, den ersten fünf, einem
Spektrogramm und der letzten Minute. Sonst wird bei jeder neuen Antwort eine Zeile geschrieben, mit
--json ein Objekt für jede Antwort.</translation>
    </message>
    <message>
        <source>In no list: {n:,} {why}.</source>
        <translation>Auf keiner Liste: {n:,} {why}.</translation>
    </message>
    <message>
        <source>Install GenreDesk again, or import a .genredesk file on the Models page.</source>
        <translation>Installiere GenreDesk neu oder importiere unter „Modelle“ eine .genredesk-Datei.</translation>
    </message>
    <message>
        <source>Install GenreDesk again: it brings the decoders along (packages av and soundfile).</source>
        <translation>Installiere GenreDesk neu: Es bringt die Decoder mit (Pakete av und soundfile).</translation>
    </message>
    <message>
        <source>Install GenreDesk again: this model came with it.</source>
        <translation>Installiere GenreDesk neu: Dieses Modell kam mit.</translation>
    </message>
    <message>
        <source>Install it on the Train page or with “genredesk extras install”, or the whole program with pip install &apos;genredesk[train]&apos;.</source>
        <translation>Installiere es unter „Trainieren“ oder mit „genredesk extras install“, oder das ganze Programm mit pip install &apos;genredesk[train]&apos;.</translation>
    </message>
    <message>
        <source>Install it with your package manager (Debian, Ubuntu: apt install libportaudio2; Fedora: dnf install portaudio; Arch: pacman -S portaudio).</source>
        <translation>Installiere es mit deiner Paketverwaltung (Debian, Ubuntu: apt install libportaudio2; Fedora: dnf install portaudio; Arch: pacman -S portaudio).</translation>
    </message>
    <message>
        <source>Install the Python package sounddevice again; it brings PortAudio along.</source>
        <translation>Installiere das Python-Paket sounddevice neu; es bringt PortAudio mit.</translation>
    </message>
    <message>
        <source>Install torch again; without it no whole network can be trained.</source>
        <translation>Installiere torch neu; ohne lässt sich kein ganzes Netz trainieren.</translation>
    </message>
    <message>
        <source>Installing full training</source>
        <translation>Das volle Training wird installiert</translation>
    </message>
    <message>
        <source>Instrumental</source>
        <translation>Instrumental</translation>
    </message>
    <message>
        <source>International</source>
        <translation>International</translation>
    </message>
    <message>
        <source>Is installed but cannot be loaded ({error}).</source>
        <translation>Ist installiert, lässt sich aber nicht laden ({error}).</translation>
    </message>
    <message>
        <source>It cannot be analyzed ({name}: {reason}). It may be damaged.</source>
        <translation>Sie lässt sich nicht analysieren ({name}: {reason}). Vielleicht ist sie beschädigt.</translation>
    </message>
    <message>
        <source>It cannot be looked at: {reason}.</source>
        <translation>Sie lässt sich nicht ansehen: {reason}.</translation>
    </message>
    <message>
        <source>It cannot be read ({reason}). Check its drive.</source>
        <translation>Sie ist nicht lesbar ({reason}). Prüfe das Laufwerk.</translation>
    </message>
    <message>
        <source>It cannot be read: {reason}.</source>
        <translation>Sie ist nicht lesbar: {reason}.</translation>
    </message>
    <message>
        <source>It changed while it was read.</source>
        <translation>Sie änderte sich, während sie gelesen wurde.</translation>
    </message>
    <message>
        <source>It has {n_links} names (hard links). On another drive it becomes a file of its own, beside the others.</source>
        <translation>Sie hat {n_links} Namen (harte Links). Auf einem anderen Laufwerk wird sie eine eigene Datei neben den anderen.</translation>
    </message>
    <message>
        <source>It has {n_links} names (hard links). Only this one gets the new tag; afterwards they are separate files.</source>
        <translation>Sie hat {n_links} Namen (harte Links). Nur dieser bekommt den neuen Tag; danach sind es getrennte Dateien.</translation>
    </message>
    <message>
        <source>It is a link now, not a file.</source>
        <translation>Sie ist jetzt ein Link, keine Datei.</translation>
    </message>
    <message>
        <source>It is a link. Add the folder its file lies in instead.</source>
        <translation>Sie ist ein Link. Füge stattdessen den Ordner hinzu, in dem die Datei liegt.</translation>
    </message>
    <message>
        <source>It is installed in {path}.</source>
        <translation>Es ist in {path} installiert.</translation>
    </message>
    <message>
        <source>It is installed with the program.</source>
        <translation>Es ist mit dem Programm installiert.</translation>
    </message>
    <message>
        <source>It is kept: it is not empty.</source>
        <translation>Er bleibt: Er ist nicht leer.</translation>
    </message>
    <message>
        <source>It is nearer to noise than to music.</source>
        <translation>Es ist näher an Rauschen als an Musik.</translation>
    </message>
    <message>
        <source>It is no longer a file. Scan its folder again.</source>
        <translation>Sie ist keine Datei mehr. Durchsuche ihren Ordner noch einmal.</translation>
    </message>
    <message>
        <source>It is no longer there, neither where it was nor where it was to go.</source>
        <translation>Sie ist nicht mehr da, weder wo sie war noch wohin sie sollte.</translation>
    </message>
    <message>
        <source>It is no longer there.</source>
        <translation>Sie ist nicht mehr da.</translation>
    </message>
    <message>
        <source>It is no longer there. Scan its folder again.</source>
        <translation>Sie ist nicht mehr da. Durchsuche ihren Ordner noch einmal.</translation>
    </message>
    <message>
        <source>It is write-protected.</source>
        <translation>Sie ist schreibgeschützt.</translation>
    </message>
    <message>
        <source>It learned from: {data}</source>
        <translation>Gelernt hat es aus: {data}</translation>
    </message>
    <message>
        <source>It may be damaged, copy-protected, or something else under this name.</source>
        <translation>Vielleicht ist sie beschädigt, kopiergeschützt oder etwas anderes unter diesem Namen.</translation>
    </message>
    <message>
        <source>It may be damaged.</source>
        <translation>Vielleicht ist sie beschädigt.</translation>
    </message>
    <message>
        <source>It needs more memory than there is. It may be damaged.</source>
        <translation>Sie braucht mehr Speicher, als da ist. Vielleicht ist sie beschädigt.</translation>
    </message>
    <message>
        <source>It was changed by another program.</source>
        <translation>Sie wurde von einem anderen Programm geändert.</translation>
    </message>
    <message>
        <source>It was changed since it was scanned: is it still this piece?</source>
        <translation>Sie wurde seit dem Durchsuchen geändert: Ist es noch dieses Stück?</translation>
    </message>
    <message>
        <source>It was changed since it was written; what was changed would be gone.</source>
        <translation>Sie wurde geändert, seit sie geschrieben wurde; das Geänderte wäre weg.</translation>
    </message>
    <message>
        <source>It was changed since, so what it held before cannot be brought back.</source>
        <translation>Sie wurde seitdem geändert, deshalb lässt sich der frühere Inhalt nicht zurückholen.</translation>
    </message>
    <message>
        <source>It was changed since.</source>
        <translation>Sie wurde seitdem geändert.</translation>
    </message>
    <message>
        <source>It was changed {since}.</source>
        <translation>Sie wurde geändert, {since}.</translation>
    </message>
    <message>
        <source>It was not listened to yet.</source>
        <translation>Sie ist noch nicht angehört.</translation>
    </message>
    <message>
        <source>Its 8-bit form cannot be used here ({problem}).</source>
        <translation>Die 8-Bit-Form ist hier nicht verwendbar ({problem}).</translation>
    </message>
    <message>
        <source>Its 8-bit weights are too large for this processor&apos;s own 8-bit products, which would be inexact: a slower way is taken. Quantize the model again.</source>
        <translation>Die 8-Bit-Gewichte sind zu groß für die 8-Bit-Produkte dieses Prozessors, die ungenau wären: Es wird ein langsamerer Weg genommen. Quantisiere das Modell neu.</translation>
    </message>
    <message>
        <source>Its 8-bit weights use their whole range, which is inexact on processors without instructions for 8-bit products. {here} Quantize the model again to have it exact and quick everywhere.</source>
        <translation>Die 8-Bit-Gewichte nutzen ihren ganzen Bereich; auf Prozessoren ohne Befehle für 8-Bit-Produkte ist das ungenau. {here} Quantisiere das Modell neu, damit es überall genau und schnell ist.</translation>
    </message>
    <message>
        <source>Its JSON may be another model&apos;s.</source>
        <translation>Vielleicht gehört das JSON zu einem anderen Modell.</translation>
    </message>
    <message>
        <source>Its backbone began with {origin}{kept}.</source>
        <translation>Sein Rumpf begann mit {origin}{kept}.</translation>
    </message>
    <message>
        <source>Its drive is not connected.</source>
        <translation>Ihr Laufwerk ist nicht angeschlossen.</translation>
    </message>
    <message>
        <source>Its folder is write-protected: {folder}.</source>
        <translation>Ihr Ordner ist schreibgeschützt: {folder}.</translation>
    </message>
    <message>
        <source>Its header is damaged; export it again.</source>
        <translation>Der Kopf ist beschädigt; exportiere die Datei noch einmal.</translation>
    </message>
    <message>
        <source>Its old folder {folder} is not there. Connect its drive, or make the folder, and undo again.</source>
        <translation>Der alte Ordner {folder} ist nicht da. Schließe das Laufwerk an oder lege den Ordner an, dann mach es noch einmal rückgängig.</translation>
    </message>
    <message>
        <source>Its parts are {parts}.</source>
        <translation>Ihre Teile sind {parts}.</translation>
    </message>
    <message>
        <source>Its path would be longer than the {max_path} characters that Windows opens everywhere.</source>
        <translation>Ihr Pfad wäre länger als die {max_path} Zeichen, die Windows überall öffnet.</translation>
    </message>
    <message>
        <source>Its path would be too long for this system.</source>
        <translation>Ihr Pfad wäre zu lang für dieses System.</translation>
    </message>
    <message>
        <source>Its pictures ({kind}) cannot be turned back into sound. Train the network on a mel front end, for example vae-mel.</source>
        <translation>Seine Bilder ({kind}) lassen sich nicht in Klang zurückverwandeln. Trainiere das Netz mit einem Mel-Frontend, zum Beispiel vae-mel.</translation>
    </message>
    <message>
        <source>Its table names no parts.</source>
        <translation>Die Tabelle nennt keine Teile.</translation>
    </message>
    <message>
        <source>Its tag says {now} now; when it was scanned it said {then}.</source>
        <translation>Ihr Tag sagt jetzt {now}; beim Durchsuchen sagte er {then}.</translation>
    </message>
    <message>
        <source>Its tags cannot be written: {reason}.</source>
        <translation>Ihre Tags lassen sich nicht schreiben: {reason}.</translation>
    </message>
    <message>
        <source>Keep it in {label} or in {label2} only.</source>
        <translation>Behalte sie nur in {label} oder nur in {label2}.</translation>
    </message>
    <message>
        <source>Keep the library in order without a window: scan, listen, do what the rules say, and wait.</source>
        <translation>Die Bibliothek ohne Fenster in Ordnung halten: durchsuchen, anhören, Regeln befolgen und warten.</translation>
    </message>
    <message>
        <source>Learning from the songs, each held back in turn.</source>
        <translation>Aus den Songs wird gelernt, jeder wird einmal zurückgehalten.</translation>
    </message>
    <message>
        <source>Leave out “file://”.</source>
        <translation>Lass „file://“ weg.</translation>
    </message>
    <message>
        <source>Left out, for too few songs have or lack them: {listed}. A word needs {least} songs with it and as many without.</source>
        <translation>Ausgelassen, weil zu wenige Songs sie haben oder nicht haben: {listed}. Ein Wort braucht {least} Songs mit ihm und ebenso viele ohne.</translation>
    </message>
    <message>
        <source>Left out: {gone:,} no longer there.</source>
        <translation>Ausgelassen: {gone:,} nicht mehr da.</translation>
    </message>
    <message>
        <source>Left out: {text}: {note}</source>
        <translation>Ausgelassen: {text}: {note}</translation>
    </message>
    <message>
        <source>Left out: {titles}. They begin with ImageNet weights, and none were given: name torchvision&apos;s files (--weights FILE) or let them be fetched (--imagenet), or have them begin at random (--random-start).</source>
        <translation>Ausgelassen: {titles}. Sie beginnen mit ImageNet-Gewichten, und es wurden keine angegeben: Nenne die Dateien von torchvision (--weights DATEI), lass sie holen (--imagenet) oder lass sie zufällig beginnen (--random-start).</translation>
    </message>
    <message>
        <source>Let an autoencoder make a new piece of a genre, as long as you like.</source>
        <translation>Einen Autoencoder ein neues Stück eines Genres machen lassen, beliebig lang.</translation>
    </message>
    <message>
        <source>Library</source>
        <translation>Bibliothek</translation>
    </message>
    <message>
        <source>List every network that can be trained: its paper, its size, its input and how fast it is.</source>
        <translation>Alle trainierbaren Netze auflisten: Paper, Größe, Eingabe und Tempo.</translation>
    </message>
    <message>
        <source>List microphones, what can be heard of this computer, outputs, and where networks can run.</source>
        <translation>Mikrofone, Hörbares dieses Rechners, Ausgaben und Rechengeräte auflisten.</translation>
    </message>
    <message>
        <source>List, check, import, export and delete models (bundles).</source>
        <translation>Modelle (Bundles) auflisten, prüfen, importieren, exportieren und löschen.</translation>
    </message>
    <message>
        <source>List, show and delete the trainings that the Train place keeps.</source>
        <translation>Die unter „Trainieren“ aufbewahrten Trainings auflisten, zeigen und löschen.</translation>
    </message>
    <message>
        <source>Listening met a problem ({reason}) and goes on.</source>
        <translation>Beim Zuhören gab es ein Problem ({reason}); es geht weiter.</translation>
    </message>
    <message>
        <source>Listening to the songs.</source>
        <translation>Die Songs werden angehört.</translation>
    </message>
    <message>
        <source>Listening …</source>
        <translation>Hört zu …</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Look at the library: its files, folders, filters, genres and models.</source>
        <translation>Die Bibliothek ansehen: Dateien, Ordner, Filter, Genres und Modelle.</translation>
    </message>
    <message>
        <source>Look through folders for music and listen to all of it, for the library.</source>
        <translation>Ordner nach Musik durchsehen und alles für die Bibliothek anhören.</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>Verlust</translation>
    </message>
    <message>
        <source>Loss printed</source>
        <translation>Verlust gedruckt</translation>
    </message>
    <message>
        <source>Loss: cross entropy of the test&apos;s windows, + the network&apos;s own penalty where it has one. Parameters are counted as Keras does, statistics of batch norm too, for as many genres as there are here.</source>
        <translation>Verlust: Kreuzentropie der Testfenster, + die eigene Strafe des Netzes, wo es eine hat. Parameter sind gezählt wie bei Keras, auch die Statistik der Batch-Normalisierung, für so viele Genres, wie es hier gibt.</translation>
    </message>
    <message>
        <source>MFCCs cannot be varied by an autoencoder. Choose a mel front end.</source>
        <translation>MFCCs kann ein Autoencoder nicht abwandeln. Wähle ein Mel-Frontend.</translation>
    </message>
    <message>
        <source>MPRIS is Linux&apos;s; here the media keys belong to the system.</source>
        <translation>MPRIS gibt es nur unter Linux; hier gehören die Medientasten dem System.</translation>
    </message>
    <message>
        <source>Make room: a scan or a training may stop halfway.</source>
        <translation>Schaffe Platz: Eine Suche oder ein Training könnte auf halbem Weg stehen bleiben.</translation>
    </message>
    <message>
        <source>Make the 8-bit variant of a model: smaller, often faster; what it loses is measured and said.</source>
        <translation>Ein Modell in 8 Bit umwandeln: kleiner, oft schneller; der Verlust wird gemessen und genannt.</translation>
    </message>
    <message>
        <source>Mean over words</source>
        <translation>Mittel über die Wörter</translation>
    </message>
    <message>
        <source>Measure a model on labeled songs: windows, songs, genres, calibration.</source>
        <translation>Ein Modell an benannten Songs messen: Fenster, Songs, Genres, Kalibrierung.</translation>
    </message>
    <message>
        <source>Measure a network and recipe by cross-validation: every song is held back once per seed.</source>
        <translation>Netz und Rezept mit Kreuzvalidierung messen: Jeder Song wird je Startwert einmal zurückgehalten.</translation>
    </message>
    <message>
        <source>Measured</source>
        <translation>Gemessen</translation>
    </message>
    <message>
        <source>Waiting for {others}.</source>
        <translation>Warten auf {others}.</translation>
    </message>
    <message>
        <source>between</source>
        <translation>zwischen</translation>
    </message>
    <message>
        <source>macro average</source>
        <translation>Makro-Mittel</translation>
    </message>
    <message>
        <source>open</source>
        <translation>offen</translation>
    </message>
    <message>
        <source>weighted average</source>
        <translation>gewichtetes Mittel</translation>
    </message>
    <message>
        <source>windows</source>
        <translation>Fenster</translation>
    </message>
    <message>
        <source>{score} ({interval}, {n} songs)</source>
        <translation>{score} ({interval}, {n} Songs)</translation>
    </message>
    <message>
        <source>{share} (of {n})</source>
        <translation>{share} (von {n})</translation>
    </message>
    <message>
        <source>{title} and {title2}, on {n} songs and {n_words} words: {mine} and {other}, difference {difference:+.1f} points (95 %: {low:+.1f} to {high:+.1f}), only the first right {only_new}, only the second {only_old}, p = {p_value:.3f}: {said}.</source>
        <translation>{title} und {title2}, an {n} Songs und {n_words} Wörtern: {mine} und {other}, Unterschied {difference:+.1f} Punkte (95 %: {low:+.1f} bis {high:+.1f}), nur das erste richtig {only_new}, nur das zweite {only_old}, p = {p_value:.3f}: {said}.</translation>
    </message>
    <message>
        <source>{title} could not answer ({reason}).</source>
        <translation>{title} konnte nicht antworten ({reason}).</translation>
    </message>
    <message>
        <source>{title}: {raw:.1f} % of {n} windows, {sum:.1f} % of {n_songs} songs.</source>
        <translation>{title}: {raw:.1f} % von {n} Fenstern, {sum:.1f} % von {n_songs} Songs.</translation>
    </message>
    <message>
        <source>{title}: {raw:.1f} % of {n} windows.</source>
        <translation>{title}: {raw:.1f} % von {n} Fenstern.</translation>
    </message>
    <message>
        <source>{words}: done, about {hours} h {minutes:02d} min left.</source>
        <translation>{words}: fertig, noch etwa {hours} h {minutes:02d} min.</translation>
    </message>
    <message>
        <source>{words}: done, about {minutes} min left.</source>
        <translation>{words}: fertig, noch etwa {minutes} min.</translation>
    </message>
    <message>
        <source>{words}: done, less than a minute left.</source>
        <translation>{words}: fertig, noch weniger als eine Minute.</translation>
    </message>
    <message>
        <source>{words}: done, the last one.</source>
        <translation>{words}: fertig, das war der letzte.</translation>
    </message>
    <message>
        <source>Measuring on the songs that were kept back.</source>
        <translation>Es wird an den zurückgehaltenen Songs gemessen.</translation>
    </message>
    <message>
        <source>, and on {most}</source>
        <translation>, und auf {most}</translation>
    </message>
    <message>
        <source>As {network} hears them:</source>
        <translation>Wie {network} sie hört:</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Checks</source>
        <translation>Prüfungen</translation>
    </message>
    <message>
        <source>Export it again with all its weights in one file.</source>
        <translation>Exportiere es noch einmal mit allen Gewichten in einer Datei.</translation>
    </message>
    <message>
        <source>Flatness {flatness:.3f} (music about {flatness2:.3f})</source>
        <translation>Flachheit {flatness:.3f} (Musik etwa {flatness2:.3f})</translation>
    </message>
    <message>
        <source>Its network learned for one epoch, the paper&apos;s for {paper}.</source>
        <translation>Sein Netz hat eine Epoche gelernt, das der Arbeit {paper}.</translation>
    </message>
    <message>
        <source>Its network learned for {epochs} epochs, the paper&apos;s for {paper}.</source>
        <translation>Sein Netz hat {epochs} Epochen gelernt, das der Arbeit {paper}.</translation>
    </message>
    <message>
        <source>Media keys control GenreDesk ({name})</source>
        <translation>Medientasten steuern GenreDesk ({name})</translation>
    </message>
    <message>
        <source>Microphone</source>
        <translation>Mikrofon</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>Move into folders</source>
        <translation>In Ordner verschieben</translation>
    </message>
    <message>
        <source>Move it into one.</source>
        <translation>Verschiebe sie in einen.</translation>
    </message>
    <message>
        <source>Move {files} into {folder}</source>
        <translation>{files} nach {folder} verschieben</translation>
    </message>
    <message>
        <source>Name a file.</source>
        <translation>Nenne eine Datei.</translation>
    </message>
    <message>
        <source>Name a head on it with --head.</source>
        <translation>Nenne mit --head einen Kopf dafür.</translation>
    </message>
    <message>
        <source>Name the genre of music files, and of every file in folders.</source>
        <translation>Das Genre von Musikdateien benennen, auch aller Dateien in Ordnern.</translation>
    </message>
    <message>
        <source>Name two to {most_models} models{where}; these are {n_names}.</source>
        <translation>Nenne zwei bis {most_models} Modelle{where}; das sind {n_names}.</translation>
    </message>
    <message>
        <source>Name what is playing, live: a microphone, what the computer plays, or files.</source>
        <translation>Benennen, was gerade läuft: ein Mikrofon, was der Rechner abspielt, oder Dateien.</translation>
    </message>
    <message>
        <source>Needs attention: {names}.</source>
        <translation>Braucht Aufmerksamkeit: {names}.</translation>
    </message>
    <message>
        <source>No file in {root} has a word. </source>
        <translation>Keine Datei in {root} hat ein Wort. </translation>
    </message>
    <message>
        <source>No filter “{saved}” (saved: {known}).</source>
        <translation>Kein Filter „{saved}“ (gespeichert: {known}).</translation>
    </message>
    <message>
        <source>No folder was added yet.</source>
        <translation>Noch kein Ordner hinzugefügt.</translation>
    </message>
    <message>
        <source>No graphics card that torch can use was found, so the processor is used.</source>
        <translation>Keine Grafikkarte gefunden, die torch benutzen kann, deshalb rechnet der Prozessor.</translation>
    </message>
    <message>
        <source>No model can be used, so nothing can be named.</source>
        <translation>Kein Modell ist verwendbar, deshalb kann nichts benannt werden.</translation>
    </message>
    <message>
        <source>No model is installed. Import a .genredesk file, or train one with “genredesk train”.</source>
        <translation>Kein Modell ist installiert. Importiere eine .genredesk-Datei oder trainiere eines mit „genredesk train“.</translation>
    </message>
    <message>
        <source>No model is installed. `genredesk models import FILE` installs one.</source>
        <translation>Kein Modell ist installiert. `genredesk models import DATEI` installiert eines.</translation>
    </message>
    <message>
        <source>No model is made like that: delete the file, and get the model from where it was made.</source>
        <translation>So wird kein Modell gemacht: Lösche die Datei und hole das Modell von dort, wo es gemacht wurde.</translation>
    </message>
    <message>
        <source>No model “{bundle_id}” is installed (installed: {known}).</source>
        <translation>Kein Modell „{bundle_id}“ ist installiert (installiert: {known}).</translation>
    </message>
    <message>
        <source>No song belongs to the part {part}. {there}</source>
        <translation>Kein Song gehört zum Teil {part}. {there}</translation>
    </message>
    <message>
        <source>No song is left to train on. Add music, or include what was left out.</source>
        <translation>Kein Song zum Trainieren ist übrig. Füge Musik hinzu oder nimm auf, was ausgeschlossen war.</translation>
    </message>
    <message>
        <source>No song of {missing} is in the training part. Add songs to this genre.</source>
        <translation>Kein Song in {missing} ist im Trainingsteil. Füge diesem Genre Songs hinzu.</translation>
    </message>
    <message>
        <source>No song of {missing} may be learned from, the table keeps them for a test. Add songs to this genre.</source>
        <translation>Aus keinem Song in {missing} darf gelernt werden, die Tabelle hält sie für einen Test zurück. Füge diesem Genre Songs hinzu.</translation>
    </message>
    <message>
        <source>No training is kept yet. The Train place of the window makes them.</source>
        <translation>Noch kein Training ist aufbewahrt. „Trainieren“ im Fenster macht welche.</translation>
    </message>
    <message>
        <source>No window can be {seconds:g} s long here. The front end&apos;s own have {own:.2f} s; leave segment_s at 0 for them.</source>
        <translation>Kein Fenster kann hier {seconds:g} s lang sein. Die des Frontends haben {own:.2f} s; lass segment_s dafür auf 0.</translation>
    </message>
    <message>
        <source>Non-Music</source>
        <translation>Keine Musik</translation>
    </message>
    <message>
        <source>None of the {n} files in {root} can be used; the first is {file}: {reason}. {fix}</source>
        <translation>Keine der {n} Dateien in {root} ist verwendbar; die erste ist {file}: {reason}. {fix}</translation>
    </message>
    <message>
        <source>Not correct</source>
        <translation>Nicht richtig</translation>
    </message>
    <message>
        <source>Not enough memory on the graphics card: going on on the processor.</source>
        <translation>Der Speicher der Grafikkarte reicht nicht: weiter auf dem Prozessor.</translation>
    </message>
    <message>
        <source>Not enough memory on {device}. Start again with a smaller batch (--batch).</source>
        <translation>Der Speicher von {device} reicht nicht. Beginne noch einmal mit kleineren Schritten (--batch).</translation>
    </message>
    <message>
        <source>Not enough memory on {device}: going on with {size} windows at a time.</source>
        <translation>Der Speicher von {device} reicht nicht: weiter mit {size} Fenstern auf einmal.</translation>
    </message>
    <message>
        <source>Not installed ({modules}).</source>
        <translation>Nicht installiert ({modules}).</translation>
    </message>
    <message>
        <source>Not installed: {names} ({purpose}).</source>
        <translation>Nicht installiert: {names} ({purpose}).</translation>
    </message>
    <message>
        <source>Not installed; everything but the training of whole networks goes without it.</source>
        <translation>Nicht installiert; alles außer dem Training ganzer Netze geht ohne.</translation>
    </message>
    <message>
        <source>Not offered: {reason}.</source>
        <translation>Nicht angeboten: {reason}.</translation>
    </message>
    <message>
        <source>Not tried: {reason}.</source>
        <translation>Nicht ausprobiert: {reason}.</translation>
    </message>
    <message>
        <source>Nothing but silence was heard.</source>
        <translation>Nichts als Stille war zu hören.</translation>
    </message>
    <message>
        <source>Nothing in the window speaks for {label}.</source>
        <translation>Nichts in dem Fenster spricht für {label}.</translation>
    </message>
    <message>
        <source>Nothing listens for OSC at {where}. Start the other program, or correct the port.</source>
        <translation>Bei {where} hört nichts auf OSC. Starte das andere Programm oder korrigiere den Port.</translation>
    </message>
    <message>
        <source>Nothing was applied yet.</source>
        <translation>Noch nichts wurde ausgeführt.</translation>
    </message>
    <message>
        <source>Nothing was heard of {source} in the selected time, so there is nothing to save.</source>
        <translation>In der gewählten Zeit wurde von {source} nichts gehört, es gibt also nichts zu sichern.</translation>
    </message>
    <message>
        <source>Nothing was heard of {source} yet, so there is nothing to save.</source>
        <translation>Von {source} wurde noch nichts gehört, es gibt also nichts zu sichern.</translation>
    </message>
    <message>
        <source>Nothing was named: {title} needs {window_s:.0f} s of sound at once, and less was heard.</source>
        <translation>Nichts wurde benannt: {title} braucht {window_s:.0f} s Ton auf einmal, und es war weniger zu hören.</translation>
    </message>
    <message>
        <source>ONNX Runtime did not accept its {provider} provider</source>
        <translation>ONNX Runtime nahm seinen Provider {provider} nicht an</translation>
    </message>
    <message>
        <source>OSC cannot be sent to {where} ({reason}).</source>
        <translation>OSC lässt sich nicht an {where} senden ({reason}).</translation>
    </message>
    <message>
        <source>Of the songs that have the word of a row, how many are called by the word of a column, too.</source>
        <translation>Wie viele der Songs mit dem Wort einer Zeile auch mit dem Wort einer Spalte benannt werden.</translation>
    </message>
    <message>
        <source>Of the words {listed} fewer than two are each on {least} songs or more and missing on as many, so there is nothing to tell apart. Give more songs words.</source>
        <translation>Von den Wörtern {listed} stehen weniger als zwei bei je {least} Songs oder mehr und fehlen bei ebenso vielen; deshalb gibt es nichts zu unterscheiden. Gib mehr Songs Wörter.</translation>
    </message>
    <message>
        <source>Of {name} too little is held to learn from. Play or select at least {least:.0f} seconds.</source>
        <translation>Von {name} liegt zu wenig vor, um daraus zu lernen. Spiele oder wähle mindestens {least:.0f} Sekunden.</translation>
    </message>
    <message>
        <source>On the same songs: {rows}.</source>
        <translation>An denselben Songs: {rows}.</translation>
    </message>
    <message>
        <source>Or get the file {wheel} another way and name it with “--from {wheel}”.</source>
        <translation>Oder hole die Datei {wheel} auf anderem Weg und nenne sie mit „--from {wheel}“.</translation>
    </message>
    <message>
        <source>Paper {paper}: {title}</source>
        <translation>Paper {paper}: {title}</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <source>Parameters printed</source>
        <translation>Parameter gedruckt</translation>
    </message>
    <message>
        <source>Planning</source>
        <translation>Planen</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>Abspielen</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Präzision</translation>
    </message>
    <message>
        <source>Printed</source>
        <translation>Gedruckt</translation>
    </message>
    <message>
        <source>Printed and measured</source>
        <translation>Gedruckt und gemessen</translation>
    </message>
    <message>
        <source>Printed confusion matrices</source>
        <translation>Gedruckte Konfusionsmatrizen</translation>
    </message>
    <message>
        <source>Quick mode, the search and the refit use one device. Leave --devices and --nodes out.</source>
        <translation>Der schnelle Weg, die Suche und das erneute Anpassen nutzen ein Gerät. Lass --devices und --nodes weg.</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>Lesen</translation>
    </message>
    <message>
        <source>Recall</source>
        <translation>Trefferquote</translation>
    </message>
    <message>
        <source>Recurrent layers stay in 32 bits, because ONNX Runtime has no others: {kinds}.</source>
        <translation>Rekurrente Schichten bleiben in 32 Bit, denn ONNX Runtime hat keine anderen: {kinds}.</translation>
    </message>
    <message>
        <source>Reliability diagram</source>
        <translation>Zuverlässigkeitsdiagramm</translation>
    </message>
    <message>
        <source>Reliability of windows</source>
        <translation>Zuverlässigkeit der Fenster</translation>
    </message>
    <message>
        <source>Report: {path}</source>
        <translation>Bericht: {path}</translation>
    </message>
    <message>
        <source>Row</source>
        <translation>Zeile</translation>
    </message>
    <message>
        <source>Rule</source>
        <translation>Regel</translation>
    </message>
    <message>
        <source>Said</source>
        <translation>Gesagt</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Segments</source>
        <translation>Abschnitte</translation>
    </message>
    <message>
        <source>Song</source>
        <translation>Song</translation>
    </message>
    <message>
        <source>Songs</source>
        <translation>Songs</translation>
    </message>
    <message>
        <source>Songs whose first word is one of theirs</source>
        <translation>Songs, deren erstes Wort zu ihnen gehört</translation>
    </message>
    <message>
        <source>Songs, majority vote</source>
        <translation>Songs, Mehrheit der Fenster</translation>
    </message>
    <message>
        <source>Songs, right genre among the first three</source>
        <translation>Songs, richtiges Genre unter den ersten drei</translation>
    </message>
    <message>
        <source>Songs, summed probability</source>
        <translation>Songs, summierte Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>Split</source>
        <translation>Aufteilung</translation>
    </message>
    <message>
        <source>Stopped. Every run that ended stays; the same command goes on.</source>
        <translation>Angehalten. Jeder beendete Durchlauf bleibt; derselbe Befehl macht weiter.</translation>
    </message>
    <message>
        <source>Sure from</source>
        <translation>Sicher ab</translation>
    </message>
    <message>
        <source>The checkpoint holds another network than musicnn.</source>
        <translation>Der Zwischenstand enthält ein anderes Netz als musicnn.</translation>
    </message>
    <message>
        <source>The disk is full: {place}. Make room there and go on.</source>
        <translation>Das Laufwerk ist voll: {place}. Schaffe dort Platz und mach weiter.</translation>
    </message>
    <message>
        <source>The genre {label} has 1 song; at least {least} are needed, so that some can be kept back. Add songs to it or take the folder away.</source>
        <translation>Das Genre {label} hat 1 Song; mindestens {least} sind nötig, damit welche zurückgehalten werden können. Füge Songs hinzu oder nimm den Ordner weg.</translation>
    </message>
    <message>
        <source>The genre {label} has {n} songs; at least {least} are needed, so that some can be kept back. Add songs to it or take the folder away.</source>
        <translation>Das Genre {label} hat {n} Songs; mindestens {least} sind nötig, damit welche zurückgehalten werden können. Füge Songs hinzu oder nimm den Ordner weg.</translation>
    </message>
    <message>
        <source>The list of names holds an empty one. Remove it.</source>
        <translation>Die Liste der Namen enthält einen leeren. Entferne ihn.</translation>
    </message>
    <message>
        <source>The microphone</source>
        <translation>Das Mikrofon</translation>
    </message>
    <message>
        <source>The paper&apos;s network {version}. {notes}</source>
        <translation>Das Netz des Papers, {version}. {notes}</translation>
    </message>
    <message>
        <source>The report cannot be written in {folder} ({reason}). Make room there and start again.</source>
        <translation>Der Bericht kann nicht in {folder} geschrieben werden ({reason}). Schaffe dort Platz und beginne noch einmal.</translation>
    </message>
    <message>
        <source>The table, printed and measured</source>
        <translation>Die Tabelle, gedruckt und gemessen</translation>
    </message>
    <message>
        <source>The template &apos;{text}&apos; gives &apos;{name}&apos; a width, which numbers have.</source>
        <translation>Die Vorlage „{text}“ gibt „{name}“ eine Breite; die haben nur Zahlen.</translation>
    </message>
    <message>
        <source>The template &apos;{text}&apos; has a brace without its partner.</source>
        <translation>In der Vorlage „{text}“ fehlt einer Klammer ihr Gegenstück.</translation>
    </message>
    <message>
        <source>The template &apos;{text}&apos; must stay inside its folder: no &apos;/&apos; at its beginning, no empty parts and no &apos;..&apos;.</source>
        <translation>Die Vorlage „{text}“ muss in ihrem Ordner bleiben: kein „/“ am Anfang, keine leeren Teile und kein „..“.</translation>
    </message>
    <message>
        <source>The template &apos;{text}&apos; names no file: end it with a name like {{title}}.</source>
        <translation>Die Vorlage „{text}“ nennt keine Datei: Beende sie mit einem Namen wie {{title}}.</translation>
    </message>
    <message>
        <source>There is no genre to write.</source>
        <translation>Es gibt kein Genre zu schreiben.</translation>
    </message>
    <message>
        <source>There is no paper {paper}. Choose one of: {known}.</source>
        <translation>Es gibt kein Paper {paper}. Wähle eines von: {known}.</translation>
    </message>
    <message>
        <source>There is no recipe named {name}. Choose one of: {recipes}.</source>
        <translation>Es gibt kein Rezept namens {name}. Wähle eines von: {recipes}.</translation>
    </message>
    <message>
        <source>There is no song to train on. Choose a folder with one folder per genre.</source>
        <translation>Es gibt keinen Song zum Trainieren. Wähle einen Ordner mit einem Ordner je Genre.</translation>
    </message>
    <message>
        <source>There is no “{name}” to get. Choose one of: {names}.</source>
        <translation>„{name}“ lässt sich nicht holen. Wähle eines von: {names}.</translation>
    </message>
    <message>
        <source>There is only one genre, {label}. Add a second folder to tell it from.</source>
        <translation>Es gibt nur ein Genre, {label}. Füge einen zweiten Ordner hinzu, von dem es sich unterscheiden soll.</translation>
    </message>
    <message>
        <source>This Python has no pip to download musicnn with. {elsewhere}</source>
        <translation>Dieses Python hat kein pip, um musicnn herunterzuladen. {elsewhere}</translation>
    </message>
    <message>
        <source>Too many are listening already.</source>
        <translation>Es hören schon zu viele zu.</translation>
    </message>
    <message>
        <source>True</source>
        <translation>Wahr</translation>
    </message>
    <message>
        <source>Undoing</source>
        <translation>Rückgängig machen</translation>
    </message>
    <message>
        <source>Unknown field {{{name}}}. There are: {known}.</source>
        <translation>Unbekanntes Feld {{{name}}}. Es gibt: {known}.</translation>
    </message>
    <message>
        <source>Up to {most} models are compared with the one that listens; these are {n}.</source>
        <translation>Mit dem Modell, das zuhört, werden bis zu {most} verglichen; das sind {n}.</translation>
    </message>
    <message>
        <source>Windows</source>
        <translation>Fenster</translation>
    </message>
    <message>
        <source>Windows whose first word is one of their song&apos;s</source>
        <translation>Fenster, deren erstes Wort zum Song gehört</translation>
    </message>
    <message>
        <source>Without any network, the {k} nearest neighbors on MFCC get {share} of the same {n} songs right.</source>
        <translation>Ganz ohne Netz benennen die {k} nächsten Nachbarn auf MFCC {share} derselben {n} Songs richtig.</translation>
    </message>
    <message>
        <source>Word</source>
        <translation>Wort</translation>
    </message>
    <message>
        <source>Words</source>
        <translation>Wörter</translation>
    </message>
    <message>
        <source>Words together</source>
        <translation>Wörter zusammen</translation>
    </message>
    <message>
        <source>Writing</source>
        <translation>Schreiben</translation>
    </message>
    <message>
        <source>after</source>
        <translation>nachher</translation>
    </message>
    <message>
        <source>all</source>
        <translation>alle</translation>
    </message>
    <message>
        <source>all answers together</source>
        <translation>alle Antworten zusammen</translation>
    </message>
    <message>
        <source>ambiguous option: %(option)s could match %(matches)s</source>
        <translation>mehrdeutige Option: %(option)s passt auf %(matches)s</translation>
    </message>
    <message>
        <source>applied</source>
        <translation>ausgeführt</translation>
    </message>
    <message>
        <source>argument %(argument_name)s: %(message)s</source>
        <translation>Argument %(argument_name)s: %(message)s</translation>
    </message>
    <message>
        <source>artists kept together</source>
        <translation>Interpreten bleiben zusammen</translation>
    </message>
    <message>
        <source>as the table names it</source>
        <translation>wie in der Tabelle angegeben</translation>
    </message>
    <message>
        <source>ask this model about the same sound, too, and show where it disagrees (up to 3)</source>
        <translation>fragt auch dieses Modell nach demselben Klang und zeigt, wo es widerspricht (bis zu 3)</translation>
    </message>
    <message>
        <source>before</source>
        <translation>vorher</translation>
    </message>
    <message>
        <source>before the temperature</source>
        <translation>vor der Temperatur</translation>
    </message>
    <message>
        <source>begun</source>
        <translation>begonnen</translation>
    </message>
    <message>
        <source>best</source>
        <translation>beste</translation>
    </message>
    <message>
        <source>better</source>
        <translation>besser</translation>
    </message>
    <message>
        <source>between two</source>
        <translation>zwischen zweien</translation>
    </message>
    <message>
        <source>by chance, of so few songs</source>
        <translation>durch Zufall, bei so wenigen Songs</translation>
    </message>
    <message>
        <source>can&apos;t open &apos;%(filename)s&apos;: %(error)s</source>
        <translation>„%(filename)s“ lässt sich nicht öffnen: %(error)s</translation>
    </message>
    <message>
        <source>can&apos;t tell</source>
        <translation>unklar</translation>
    </message>
    <message>
        <source>canceled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>changed: {names}</source>
        <translation>geändert: {names}</translation>
    </message>
    <message>
        <source>command &apos;%(parser_name)s&apos; is deprecated</source>
        <translation>der Befehl „%(parser_name)s“ ist veraltet</translation>
    </message>
    <message>
        <source>comparing</source>
        <translation>vergleichen</translation>
    </message>
    <message>
        <source>convolution {numbers}</source>
        <translation>Faltung {numbers}</translation>
    </message>
    <message>
        <source>convolutions {numbers}</source>
        <translation>Faltungen {numbers}</translation>
    </message>
    <message>
        <source>correct</source>
        <translation>richtig</translation>
    </message>
    <message>
        <source>cross-validation</source>
        <translation>Kreuzvalidierung</translation>
    </message>
    <message>
        <source>done</source>
        <translation>fertig</translation>
    </message>
    <message>
        <source>downloading musicnn</source>
        <translation>musicnn wird heruntergeladen</translation>
    </message>
    <message>
        <source>epoch {n}</source>
        <translation>Epoche {n}</translation>
    </message>
    <message>
        <source>epochs</source>
        <translation>Epochen</translation>
    </message>
    <message>
        <source>epochs: {there} instead of {wanted}</source>
        <translation>Epochen: {there} statt {wanted}</translation>
    </message>
    <message>
        <source>evaluating</source>
        <translation>auswerten</translation>
    </message>
    <message>
        <source>everything</source>
        <translation>alles</translation>
    </message>
    <message>
        <source>expected %s argument</source>
        <translation>%s Argument erwartet</translation>
    </message>
    <message>
        <source>expected %s arguments</source>
        <translation>%s Argumente erwartet</translation>
    </message>
    <message>
        <source>expected at least one argument</source>
        <translation>mindestens ein Argument erwartet</translation>
    </message>
    <message>
        <source>expected at most one argument</source>
        <translation>höchstens ein Argument erwartet</translation>
    </message>
    <message>
        <source>expected one argument</source>
        <translation>ein Argument erwartet</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>first word right {first} (95 %: {interval})</source>
        <translation>erstes Wort richtig {first} (95 %: {interval})</translation>
    </message>
    <message>
        <source>folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>forget a rule</source>
        <translation>eine Regel vergessen</translation>
    </message>
    <message>
        <source>genre</source>
        <translation>Genre</translation>
    </message>
    <message>
        <source>genredesk [COMMAND] [ARGUMENT …]</source>
        <translation>genredesk [BEFEHL] [ARGUMENT …]</translation>
    </message>
    <message>
        <source>genres</source>
        <translation>Genres</translation>
    </message>
    <message>
        <source>held back</source>
        <translation>zurückgehalten</translation>
    </message>
    <message>
        <source>held-back songs</source>
        <translation>zurückgehaltene Songs</translation>
    </message>
    <message>
        <source>held-back windows</source>
        <translation>zurückgehaltene Fenster</translation>
    </message>
    <message>
        <source>ignored explicit argument %r</source>
        <translation>das Argument %r passt hier nicht</translation>
    </message>
    <message>
        <source>import of an .onnx from elsewhere</source>
        <translation>eine fremde .onnx-Datei importieren</translation>
    </message>
    <message>
        <source>in no playlist</source>
        <translation>auf keiner Wiedergabeliste</translation>
    </message>
    <message>
        <source>input</source>
        <translation>Eingabe</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>unterbrochen</translation>
    </message>
    <message>
        <source>invalid %(type)s value: %(value)r</source>
        <translation>ungültiger Wert für %(type)s: %(value)r</translation>
    </message>
    <message>
        <source>invalid choice: %(value)r (choose from %(choices)s)</source>
        <translation>ungültige Wahl: %(value)r (möglich: %(choices)s)</translation>
    </message>
    <message>
        <source>invalid choice: %(value)r, maybe you meant %(closest)r? (choose from %(choices)s)</source>
        <translation>ungültige Wahl: %(value)r, meintest du %(closest)r? (möglich: %(choices)s)</translation>
    </message>
    <message>
        <source>it does not answer within {time_limit_s:g} s of the processor&apos;s time</source>
        <translation>es antwortet nicht innerhalb von {time_limit_s:g} s Prozessorzeit</translation>
    </message>
    <message>
        <source>it ended</source>
        <translation>es wurde beendet</translation>
    </message>
    <message>
        <source>it has an unknown “{unknown}”; known are {known}.</source>
        <translation>ein „{unknown}“ ist unbekannt; bekannt sind {known}.</translation>
    </message>
    <message>
        <source>its task “{task}” is neither “one” nor “several”.</source>
        <translation>die Aufgabe „{task}“ ist weder „one“ noch „several“.</translation>
    </message>
    <message>
        <source>keep a rule, but do not run it by itself</source>
        <translation>eine Regel behalten, aber nicht von selbst ausführen</translation>
    </message>
    <message>
        <source>left</source>
        <translation>übrig</translation>
    </message>
    <message>
        <source>level</source>
        <translation>Pegel</translation>
    </message>
    <message>
        <source>listened to</source>
        <translation>angehört</translation>
    </message>
    <message>
        <source>listening</source>
        <translation>anhören</translation>
    </message>
    <message>
        <source>majority</source>
        <translation>Mehrheit</translation>
    </message>
    <message>
        <source>mean over words</source>
        <translation>Mittel über die Wörter</translation>
    </message>
    <message>
        <source>measured</source>
        <translation>gemessen</translation>
    </message>
    <message>
        <source>measured here, with its 95 % interval</source>
        <translation>hier gemessen, mit 95-%-Intervall</translation>
    </message>
    <message>
        <source>measured {value:.1f} %, 95 % interval {low:.1f} to {high:.1f} %</source>
        <translation>gemessen {value:.1f} %, 95-%-Intervall {low:.1f} bis {high:.1f} %</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>fehlt</translation>
    </message>
    <message>
        <source>missing: {names}</source>
        <translation>es fehlen: {names}</translation>
    </message>
    <message>
        <source>model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>musicnn could not be downloaded ({reason}). Check the network and the package index pip is set up with. {elsewhere}</source>
        <translation>musicnn ließ sich nicht herunterladen ({reason}). Prüfe das Netzwerk und den Paketindex, den pip benutzt. {elsewhere}</translation>
    </message>
    <message>
        <source>network</source>
        <translation>Netz</translation>
    </message>
    <message>
        <source>new: {names}</source>
        <translation>neu: {names}</translation>
    </message>
    <message>
        <source>none known</source>
        <translation>keine bekannt</translation>
    </message>
    <message>
        <source>not allowed with argument %s</source>
        <translation>nicht zusammen mit dem Argument %s erlaubt</translation>
    </message>
    <message>
        <source>not better</source>
        <translation>nicht besser</translation>
    </message>
    <message>
        <source>not in the library</source>
        <translation>nicht in der Bibliothek</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>nicht bekannt</translation>
    </message>
    <message>
        <source>not listened to yet</source>
        <translation>noch nicht angehört</translation>
    </message>
    <message>
        <source>not measured</source>
        <translation>nicht gemessen</translation>
    </message>
    <message>
        <source>not one</source>
        <translation>keiner</translation>
    </message>
    <message>
        <source>not timed</source>
        <translation>nicht gemessen</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>nichts</translation>
    </message>
    <message>
        <source>now</source>
        <translation>jetzt</translation>
    </message>
    <message>
        <source>off</source>
        <translation>aus</translation>
    </message>
    <message>
        <source>offline</source>
        <translation>nicht angeschlossen</translation>
    </message>
    <message>
        <source>one of the arguments %s is required</source>
        <translation>eines der Argumente %s ist nötig</translation>
    </message>
    <message>
        <source>one of {n}</source>
        <translation>einer von {n} Teilen</translation>
    </message>
    <message>
        <source>option &apos;%(option)s&apos; is deprecated</source>
        <translation>die Option „%(option)s“ ist veraltet</translation>
    </message>
    <message>
        <source>options</source>
        <translation>Optionen</translation>
    </message>
    <message>
        <source>paper</source>
        <translation>Paper</translation>
    </message>
    <message>
        <source>paper {there} instead of {wanted}</source>
        <translation>Paper {there} statt {wanted}</translation>
    </message>
    <message>
        <source>parameters</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>pausiert</translation>
    </message>
    <message>
        <source>plan</source>
        <translation>Plan</translation>
    </message>
    <message>
        <source>positional arguments</source>
        <translation>Argumente</translation>
    </message>
    <message>
        <source>precision</source>
        <translation>Präzision</translation>
    </message>
    <message>
        <source>printed</source>
        <translation>gedruckt</translation>
    </message>
    <message>
        <source>printed {value:.1f} %</source>
        <translation>gedruckt {value:.1f} %</translation>
    </message>
    <message>
        <source>probable</source>
        <translation>wahrscheinlich</translation>
    </message>
    <message>
        <source>q quits</source>
        <translation>q beendet</translation>
    </message>
    <message>
        <source>raw</source>
        <translation>roh</translation>
    </message>
    <message>
        <source>recall</source>
        <translation>Trefferquote</translation>
    </message>
    <message>
        <source>recurrent layer {numbers}</source>
        <translation>rekurrente Schicht {numbers}</translation>
    </message>
    <message>
        <source>recurrent layers {numbers}</source>
        <translation>rekurrente Schichten {numbers}</translation>
    </message>
    <message>
        <source>right</source>
        <translation>richtig</translation>
    </message>
    <message>
        <source>row</source>
        <translation>Zeile</translation>
    </message>
    <message>
        <source>rule</source>
        <translation>Regel</translation>
    </message>
    <message>
        <source>run a rule after each scan</source>
        <translation>eine Regel nach jedem Durchgang ausführen</translation>
    </message>
    <message>
        <source>run a rule now</source>
        <translation>eine Regel jetzt ausführen</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>said (printed support)</source>
        <translation>gesagt (gedruckte Anzahl)</translation>
    </message>
    <message>
        <source>segments</source>
        <translation>Abschnitten</translation>
    </message>
    <message>
        <source>segments at random</source>
        <translation>Abschnitte zufällig</translation>
    </message>
    <message>
        <source>set aside: {file}: {reason}. {fix}</source>
        <translation>beiseitegelegt: {file}: {reason}. {fix}</translation>
    </message>
    <message>
        <source>set by you</source>
        <translation>von dir festgelegt</translation>
    </message>
    <message>
        <source>shipped</source>
        <translation>mitgeliefert</translation>
    </message>
    <message>
        <source>show program&apos;s version number and exit</source>
        <translation>die Versionsnummer zeigen, dann Schluss</translation>
    </message>
    <message>
        <source>show this help message and exit</source>
        <translation>diese Hilfe zeigen, dann Schluss</translation>
    </message>
    <message>
        <source>show what a rule would do now</source>
        <translation>zeigen, was eine Regel jetzt täte</translation>
    </message>
    <message>
        <source>silence</source>
        <translation>Stille</translation>
    </message>
    <message>
        <source>song</source>
        <translation>Song</translation>
    </message>
    <message>
        <source>songs</source>
        <translation>Songs</translation>
    </message>
    <message>
        <source>songs {mean}{many} ({first}95 %: {interval}), windows {mean2}{also}</source>
        <translation>Songs {mean}{many} ({first}95 %: {interval}), Fenster {mean2}{also}</translation>
    </message>
    <message>
        <source>songs {sum} (95 %: {interval}) · majority {majority} · top 3 {top3} · windows {accuracy}</source>
        <translation>Songs {sum} (95 %: {interval}) · Mehrheit {majority} · unter den ersten 3 {top3} · Fenster {accuracy}</translation>
    </message>
    <message>
        <source>space pauses · ← → 5 s · ↑ ↓ volume · m mutes · n next · q quits</source>
        <translation>Leertaste pausiert · ← → 5 s · ↑ ↓ Lautstärke · m stumm · n nächste · q beendet</translation>
    </message>
    <message>
        <source>split</source>
        <translation>Aufteilung</translation>
    </message>
    <message>
        <source>split by {there} instead of {wanted}</source>
        <translation>aufgeteilt nach {there} statt nach {wanted}</translation>
    </message>
    <message>
        <source>state</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>subcommands</source>
        <translation>Unterbefehle</translation>
    </message>
    <message>
        <source>sum</source>
        <translation>Summe</translation>
    </message>
    <message>
        <source>sum of logits</source>
        <translation>Summe der Logits</translation>
    </message>
    <message>
        <source>sure</source>
        <translation>sicher</translation>
    </message>
    <message>
        <source>tag agrees</source>
        <translation>Tag stimmt überein</translation>
    </message>
    <message>
        <source>tag differs</source>
        <translation>Tag weicht ab</translation>
    </message>
    <message>
        <source>taken</source>
        <translation>übernommen</translation>
    </message>
    <message>
        <source>takes</source>
        <translation>dauert</translation>
    </message>
    <message>
        <source>the deviation of {layers}</source>
        <translation>Streuung von {layers}</translation>
    </message>
    <message>
        <source>the exported network differs from the trained one by {here:.2g} in its {name} (number {column} of window {row}, batch of {size})</source>
        <translation>das exportierte Netz weicht vom trainierten um {here:.2g} ab, in {name} (Zahl {column} von Fenster {row}, {size} auf einmal)</translation>
    </message>
    <message>
        <source>the exported network&apos;s {name} are {shape} and not {shape2} for a batch of {size}</source>
        <translation>{name} des exportierten Netzes ist {shape} und nicht {shape2} bei {size} Fenstern auf einmal</translation>
    </message>
    <message>
        <source>the following arguments are required: %s</source>
        <translation>diese Argumente sind nötig: %s</translation>
    </message>
    <message>
        <source>the maximum of {layers}</source>
        <translation>Maximum von {layers}</translation>
    </message>
    <message>
        <source>the mean of {layers}</source>
        <translation>Mittel von {layers}</translation>
    </message>
    <message>
        <source>the network could not be exported to ONNX</source>
        <translation>das Netz ließ sich nicht nach ONNX exportieren</translation>
    </message>
    <message>
        <source>the same already</source>
        <translation>schon gleich</translation>
    </message>
    <message>
        <source>there is no front end “{value}”. Choose one of: {frontends}.</source>
        <translation>es gibt kein Frontend „{value}“. Wähle eines von: {frontends}.</translation>
    </message>
    <message>
        <source>these models were written in versions of ONNX that cannot be brought together; choose another second ear, or one alone</source>
        <translation>diese Modelle sind in ONNX-Versionen geschrieben, die sich nicht verbinden lassen; wähle ein anderes zweites Ohr oder nur eines</translation>
    </message>
    <message>
        <source>this is not a folder</source>
        <translation>das ist kein Ordner</translation>
    </message>
    <message>
        <source>title</source>
        <translation>Titel</translation>
    </message>
    <message>
        <source>to check</source>
        <translation>zu prüfen</translation>
    </message>
    <message>
        <source>too few songs to say</source>
        <translation>zu wenige Songs für ein Urteil</translation>
    </message>
    <message>
        <source>took</source>
        <translation>Dauer</translation>
    </message>
    <message>
        <source>training</source>
        <translation>Training</translation>
    </message>
    <message>
        <source>training windows</source>
        <translation>Trainingsfenster</translation>
    </message>
    <message>
        <source>trial {number}: {score:.1%} of kept-back windows, {state} after {epochs} epochs ({values}); {left} left</source>
        <translation>Versuch {number}: {score:.1%} der zurückgehaltenen Fenster, {state} nach {epochs} Epochen ({values}); noch {left}</translation>
    </message>
    <message>
        <source>true (row sums)</source>
        <translation>wahr (Zeilensummen)</translation>
    </message>
    <message>
        <source>true \ said</source>
        <translation>wahr \ gesagt</translation>
    </message>
    <message>
        <source>undone</source>
        <translation>rückgängig gemacht</translation>
    </message>
    <message>
        <source>unexpected option string: %s</source>
        <translation>unerwartete Option: %s</translation>
    </message>
    <message>
        <source>unknown parser %(parser_name)r (choices: %(choices)s)</source>
        <translation>unbekannter Unterbefehl %(parser_name)r (möglich: %(choices)s)</translation>
    </message>
    <message>
        <source>unreadable</source>
        <translation>unlesbar</translation>
    </message>
    <message>
        <source>unrecognized arguments: %s</source>
        <translation>unbekannte Argumente: %s</translation>
    </message>
    <message>
        <source>usage: </source>
        <translation>Aufruf: </translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>what</source>
        <translation>was</translation>
    </message>
    <message>
        <source>when</source>
        <translation>wann</translation>
    </message>
    <message>
        <source>whole songs</source>
        <translation>ganze Songs</translation>
    </message>
    <message>
        <source>whole songs at random</source>
        <translation>ganze Songs zufällig</translation>
    </message>
    <message>
        <source>whose</source>
        <translation>von wem</translation>
    </message>
    <message>
        <source>window</source>
        <translation>Fenster</translation>
    </message>
    <message>
        <source>windows: {n:,}, said {said}, right {right}</source>
        <translation>Fenster: {n:,}, gesagt {said}, richtig {right}</translation>
    </message>
    <message>
        <source>without a genre there</source>
        <translation>dort ohne Genre</translation>
    </message>
    <message>
        <source>word</source>
        <translation>Wort</translation>
    </message>
    <message>
        <source>words spread evenly</source>
        <translation>Wörter gleichmäßig verteilt</translation>
    </message>
    <message>
        <source>your library</source>
        <translation>deine Bibliothek</translation>
    </message>
    <message>
        <source>yours</source>
        <translation>deins</translation>
    </message>
    <message>
        <source>yours, and kept</source>
        <translation>deine, und behalten</translation>
    </message>
    <message>
        <source>{0} or less</source>
        <translation>{0} oder weniger</translation>
    </message>
    <message>
        <source>{0} or more</source>
        <translation>{0} oder mehr</translation>
    </message>
    <message>
        <source>{0}–{1}</source>
        <translation>{0}–{1}</translation>
    </message>
    <message>
        <source>{0}&#x202f;%</source>
        <translation>{0}&#x202f;%</translation>
    </message>
    <message>
        <source>{begin:.1f} – {end:.1f} s</source>
        <translation>{begin:.1f} – {end:.1f} s</translation>
    </message>
    <message>
        <source>{bundle}: {sum} of {n} held-back songs {said} (95 %: {interval}). Report: {report}</source>
        <translation>{bundle}: {sum} von {n} zurückgehaltenen Songs {said} (95 %: {interval}). Bericht: {report}</translation>
    </message>
    <message>
        <source>{devices} devices on {nodes} machine(s) need {wanted} processes, and this is one of {here}. Start it as: torchrun {options}--nproc-per-node {devices} -m genredesk train …</source>
        <translation>{devices} Geräte auf {nodes} Rechner(n) brauchen {wanted} Prozesse, und dies ist einer von {here}. Starte es so: torchrun {options}--nproc-per-node {devices} -m genredesk train …</translation>
    </message>
    <message>
        <source>{device} cannot be used ({reason}), so the processor is used.</source>
        <translation>{device} ist nicht verwendbar ({reason}), deshalb rechnet der Prozessor.</translation>
    </message>
    <message>
        <source>{device} stopped working.</source>
        <translation>{device} hörte auf zu arbeiten.</translation>
    </message>
    <message>
        <source>{first} or {second}{held}</source>
        <translation>{first} oder {second}{held}</translation>
    </message>
    <message>
        <source>{folder}: {size:.0f} kB.</source>
        <translation>{folder}: {size:.0f} kB.</translation>
    </message>
    <message>
        <source>{id} listens through another front end than these songs.</source>
        <translation>{id} hört durch ein anderes Frontend als diese Songs.</translation>
    </message>
    <message>
        <source>{id}: {reason}. Nothing was written.</source>
        <translation>{id}: {reason}. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>{made}: {seconds:.1f} s of {genre}. {sentence}</source>
        <translation>{made}: {seconds:.1f} s {genre}. {sentence}</translation>
    </message>
    <message>
        <source>{ms:.1f} ms</source>
        <translation>{ms:.1f} ms</translation>
    </message>
    <message>
        <source>{n:,} genres are too many to draw; the numbers are in evaluation.json. windows.csv has the score of each answer, without those of the other genres.</source>
        <translation>{n:,} Genres sind zu viele zum Zeichnen; die Zahlen stehen in evaluation.json. windows.csv enthält den Wert jeder Antwort, ohne die der anderen Genres.</translation>
    </message>
    <message>
        <source>{n:,} undone</source>
        <translation>{n:,} rückgängig gemacht</translation>
    </message>
    <message>
        <source>{name} holds something else than embeddings</source>
        <translation>{name} enthält etwas anderes als Embeddings</translation>
    </message>
    <message>
        <source>{name} is damaged</source>
        <translation>{name} ist beschädigt</translation>
    </message>
    <message>
        <source>{name} is installed already: {variants}.</source>
        <translation>{name} ist schon installiert: {variants}.</translation>
    </message>
    <message>
        <source>{n} ears {share} ({span})</source>
        <translation>{n} Ohren {share} ({span})</translation>
    </message>
    <message>
        <source>{n} folds</source>
        <translation>{n} Teile</translation>
    </message>
    <message>
        <source>{n} folds of whole songs</source>
        <translation>{n} Teile aus ganzen Songs</translation>
    </message>
    <message>
        <source>{n} songs</source>
        <translation>{n} Songs</translation>
    </message>
    <message>
        <source>{path} cannot be written ({reason}). Choose another place or make room.</source>
        <translation>{path} lässt sich nicht schreiben ({reason}). Wähle einen anderen Ort oder schaffe Platz.</translation>
    </message>
    <message>
        <source>{path} is a folder. Name a file in it.</source>
        <translation>{path} ist ein Ordner. Nenne eine Datei darin.</translation>
    </message>
    <message>
        <source>{path}: it cannot be read ({strerror}).</source>
        <translation>{path}: nicht lesbar ({strerror}).</translation>
    </message>
    <message>
        <source>{path}: it describes no model. Get the one that belongs to it.</source>
        <translation>{path}: beschreibt kein Modell. Hole die Datei, die dazugehört.</translation>
    </message>
    <message>
        <source>{path}: it does not describe a model as Essentia or GenreDesk do ({reason}).</source>
        <translation>{path}: beschreibt kein Modell, wie Essentia oder GenreDesk es tun ({reason}).</translation>
    </message>
    <message>
        <source>{path}: it is not JSON. Get it again.</source>
        <translation>{path}: Kein JSON. Hole die Datei noch einmal.</translation>
    </message>
    <message>
        <source>{path}: it is too large for a description of a model.</source>
        <translation>{path}: zu groß für die Beschreibung eines Modells.</translation>
    </message>
    <message>
        <source>{path}: nothing can be written there ({reason}). Choose another place.</source>
        <translation>{path}: Dort kann nichts geschrieben werden ({reason}). Wähle einen anderen Ort.</translation>
    </message>
    <message>
        <source>{score:.0%} likely{held}</source>
        <translation>{score:.0%} wahrscheinlich{held}</translation>
    </message>
    <message>
        <source>{seconds:.0f} s</source>
        <translation>{seconds:.0f} s</translation>
    </message>
    <message>
        <source>{small:.1%} of {n} windows right instead of {full:.1%}; {small_mb:.2f} MB instead of {full_mb:.2f}; one window {small_ms:.2f} ms instead of {full_ms:.2f} on this computer ({speed}).</source>
        <translation>{small:.1%} von {n} Fenstern richtig statt {full:.1%}; {small_mb:.2f} MB statt {full_mb:.2f}; ein Fenster {small_ms:.2f} ms statt {full_ms:.2f} auf diesem Computer ({speed}).</translation>
    </message>
    <message>
        <source>{times:.1f} times as fast</source>
        <translation>{times:.1f}-mal so schnell</translation>
    </message>
    <message>
        <source>{times:.1f} times slower</source>
        <translation>{times:.1f}-mal langsamer</translation>
    </message>
    <message>
        <source>{title} (rule {name})</source>
        <translation>{title} (Regel {name})</translation>
    </message>
    <message>
        <source>{title} counts {said}.</source>
        <translation>Bei {title} zählt {said}.</translation>
    </message>
    <message>
        <source>One window at a time is quickest on one processor thread; a graphics card is used when you choose it.</source>
        <translation>Ein Fenster auf einmal geht auf einem Prozessor-Thread am schnellsten; eine Grafikkarte wird benutzt, wenn du sie wählst.</translation>
    </message>
    <message>
        <source>Only a quick run can stand on several ears. Use the mode quick for them.</source>
        <translation>Nur ein schneller Lauf kann auf mehreren Ohren stehen. Nimm für sie den Modus quick.</translation>
    </message>
    <message>
        <source>Only this computer may ask here.</source>
        <translation>Nur dieser Rechner darf hier fragen.</translation>
    </message>
    <message>
        <source>Open the window (also without any command).</source>
        <translation>Das Fenster öffnen (auch ohne Befehl).</translation>
    </message>
    <message>
        <source>Opens, and answers as where it was made.</source>
        <translation>Öffnet sich und antwortet wie dort, wo es gemacht wurde.</translation>
    </message>
    <message>
        <source>Optional packages</source>
        <translation>Zusätzliche Pakete</translation>
    </message>
    <message>
        <source>Or train without ImageNet&apos;s weights: the network then begins at random.</source>
        <translation>Oder trainiere ohne die ImageNet-Gewichte: Dann beginnt das Netz zufällig.</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>Ausgabe</translation>
    </message>
    <message>
        <source>PAPER is 000 (Yang &amp; Zhang), 001 (Wyborn, Butt &amp; Klas), 002 (KTH), 003 (Patel) or 004 (Putovici &amp;
Molnár). Papers 002 to 004 split segments instead of songs; their way is repeated and marked.</source>
        <translation>PAPER ist 000 (Yang &amp; Zhang), 001 (Wyborn, Butt &amp; Klas), 002 (KTH), 003 (Patel) oder 004 (Putovici &amp;
Molnár). Die Papers 002 bis 004 teilen Abschnitte statt Songs auf; das wird so wiederholt und vermerkt.</translation>
    </message>
    <message>
        <source>Packages</source>
        <translation>Pakete</translation>
    </message>
    <message>
        <source>Pages of other servers may not ask here.</source>
        <translation>Seiten anderer Server dürfen hier nicht fragen.</translation>
    </message>
    <message>
        <source>Paper {paper} has none of these networks; it has {known}.</source>
        <translation>Paper {paper} hat keines dieser Netze; es hat {known}.</translation>
    </message>
    <message>
        <source>Parquet needs pyarrow: pip install &apos;genredesk[cluster]&apos;.</source>
        <translation>Parquet braucht pyarrow: pip install &apos;genredesk[cluster]&apos;.</translation>
    </message>
    <message>
        <source>Skipped: {others}.</source>
        <translation>Übersprungen: {others}.</translation>
    </message>
    <message>
        <source>Port {port} is used by another program. Choose another port.</source>
        <translation>Port {port} wird von einem anderen Programm benutzt. Wähle einen anderen Port.</translation>
    </message>
    <message>
        <source>Port {port} may not be opened. Choose one over 1023.</source>
        <translation>Port {port} darf nicht geöffnet werden. Wähle einen über 1023.</translation>
    </message>
    <message>
        <source>Port {port} of {host} cannot be opened ({reason}).</source>
        <translation>Port {port} von {host} lässt sich nicht öffnen ({reason}).</translation>
    </message>
    <message>
        <source>PortAudio has no way to the sound server. Install ALSA&apos;s bridge to it (Debian, Ubuntu: apt install libasound2-plugins; Fedora: dnf install alsa-plugins-pulseaudio; Arch: pacman -S pulseaudio-alsa or pipewire-alsa).</source>
        <translation>PortAudio hat keinen Weg zum Audioserver. Installiere die ALSA-Brücke dorthin (Debian, Ubuntu: apt install libasound2-plugins; Fedora: dnf install alsa-plugins-pulseaudio; Arch: pacman -S pulseaudio-alsa oder pipewire-alsa).</translation>
    </message>
    <message>
        <source>PortAudio is missing, so there is no sound in or out. {fix}</source>
        <translation>PortAudio fehlt, deshalb gibt es weder Ein- noch Ausgabe von Ton. {fix}</translation>
    </message>
    <message>
        <source>Probably {0}</source>
        <translation>Wahrscheinlich {0}</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>Prozessor</translation>
    </message>
    <message>
        <source>Processor (ONNX Runtime)</source>
        <translation>Prozessor (ONNX Runtime)</translation>
    </message>
    <message>
        <source>Processor and graphics card</source>
        <translation>Prozessor und Grafikkarte</translation>
    </message>
    <message>
        <source>Publishes to {topic}/state at {where}</source>
        <translation>Veröffentlicht auf {topic}/state bei {where}</translation>
    </message>
    <message>
        <source>Put NAME.json beside it.</source>
        <translation>Lege NAME.json daneben.</translation>
    </message>
    <message>
        <source>Put its JSON beside it, or name its labels with --labels FILE.</source>
        <translation>Lege das JSON daneben oder nenne die Wörter mit --labels DATEI.</translation>
    </message>
    <message>
        <source>Put its JSON beside it, or say --frontend with one of: {names}.</source>
        <translation>Lege das JSON daneben oder sag --frontend mit einem von: {names}.</translation>
    </message>
    <message>
        <source>Putting the new layer onto the network.</source>
        <translation>Die neue Schicht wird auf das Netz gesetzt.</translation>
    </message>
    <message>
        <source>Quick mode finds its one value by itself. Search with another mode.</source>
        <translation>Der schnelle Weg findet seinen einen Wert selbst. Suche mit einem anderen Modus.</translation>
    </message>
    <message>
        <source>Reads {ending} files ({codec}).</source>
        <translation>Liest {ending}-Dateien ({codec}).</translation>
    </message>
    <message>
        <source>Record or export it again.</source>
        <translation>Nimm sie neu auf oder exportiere sie noch einmal.</translation>
    </message>
    <message>
        <source>Repeat a paper&apos;s experiment on a folder laid out like GTZAN; its table beside ours.</source>
        <translation>Das Experiment eines Papers an einem Ordner wie GTZAN wiederholen; seine Tabelle neben unserer.</translation>
    </message>
    <message>
        <source>Rule {rule} leaves out {n:,}: {reason}</source>
        <translation>Regel {rule} lässt {n:,} aus: {reason}</translation>
    </message>
    <message>
        <source>Rules for what is to be done by itself to new music: list, keep, try and run them.</source>
        <translation>Regeln, was mit neuer Musik von selbst geschieht: auflisten, speichern, probieren, ausführen.</translation>
    </message>
    <message>
        <source>Runs until it is stopped (Ctrl-C, or SIGTERM as services are); new and changed files in the
library&apos;s watched folders are listened to as they settle. The rules that are on (`genredesk rules`,
or Rules in the window) are run after each scan; `genredesk undo` and the window&apos;s History take back
what they did. With --once it does one round and ends.</source>
        <translation>Läuft, bis es angehalten wird (Strg-C, oder SIGTERM wie bei Diensten); neue und geänderte Dateien in
den beobachteten Ordnern der Bibliothek werden angehört, sobald sie fertig sind. Eingeschaltete Regeln
(`genredesk rules` oder „Regeln“ im Fenster) werden nach jedem Durchgang ausgeführt; `genredesk undo`
und der Verlauf im Fenster nehmen zurück, was sie taten. Mit --once endet es nach einem Durchgang.</translation>
    </message>
    <message>
        <source>Say whether full training (PyTorch) is installed, and install or remove it.</source>
        <translation>Sagen, ob das volle Training (PyTorch) installiert ist, und es installieren oder entfernen.</translation>
    </message>
    <message>
        <source>Say which file the genre is written to: text:FILE.</source>
        <translation>Sag, in welche Datei das Genre geschrieben wird: text:DATEI.</translation>
    </message>
    <message>
        <source>Say “--task one” or “--task several”.</source>
        <translation>Sag „--task one“ oder „--task several“.</translation>
    </message>
    <message>
        <source>Sends OSC to {where}</source>
        <translation>Sendet OSC an {where}</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Several words a song come from a folder&apos;s table or tags, from the table of mel arrays, or from a list of songs.</source>
        <translation>Mehrere Wörter je Song kommen aus der Tabelle oder den Tags eines Ordners, aus der Tabelle von Mel-Arrays oder aus einer Liste von Songs.</translation>
    </message>
    <message>
        <source>Silence</source>
        <translation>Stille</translation>
    </message>
    <message>
        <source>Sound</source>
        <translation>Ton</translation>
    </message>
    <message>
        <source>Soundtrack</source>
        <translation>Filmmusik</translation>
    </message>
    <message>
        <source>Speech</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Split by segments: pieces of one song are on both sides, so the numbers flatter.</source>
        <translation>Nach Abschnitten aufgeteilt: Stücke eines Songs sind auf beiden Seiten, deshalb sind die Zahlen geschönt.</translation>
    </message>
    <message>
        <source>Spoken</source>
        <translation>Gesprochenes</translation>
    </message>
    <message>
        <source>Stage &amp; Screen</source>
        <translation>Bühne &amp; Film</translation>
    </message>
    <message>
        <source>Stopped after epoch {epoch}; the best so far is kept.</source>
        <translation>Nach Epoche {epoch} angehalten; das bisher Beste bleibt.</translation>
    </message>
    <message>
        <source>Stopped after {done} of {total} files.</source>
        <translation>Nach {done} von {total} Dateien angehalten.</translation>
    </message>
    <message>
        <source>Stopped.</source>
        <translation>Angehalten.</translation>
    </message>
    <message>
        <source>Stopped. The same command with --resume goes on.</source>
        <translation>Angehalten. Derselbe Befehl mit --resume macht weiter.</translation>
    </message>
    <message>
        <source>System sound</source>
        <translation>Ton des Systems</translation>
    </message>
    <message>
        <source>Teacher {number} of {teachers} heard {n_train} songs and gets {valid_songs:.0%} of the other {n_valid} right.</source>
        <translation>Lehrer {number} von {teachers} hörte {n_train} Songs und benennt {valid_songs:.0%} der anderen {n_valid} richtig.</translation>
    </message>
    <message>
        <source>The ( at character {at} is not closed. Add a ).</source>
        <translation>Die ( bei Zeichen {at} ist nicht geschlossen. Ergänze eine ).</translation>
    </message>
    <message>
        <source>The ) at character {at} closes nothing.</source>
        <translation>Die ) bei Zeichen {at} schließt nichts.</translation>
    </message>
    <message>
        <source>The D-Bus session cannot be reached ({reason}).</source>
        <translation>Die D-Bus-Sitzung ist nicht erreichbar ({reason}).</translation>
    </message>
    <message>
        <source>The D-Bus session is gone; waiting for it.</source>
        <translation>Die D-Bus-Sitzung ist weg; es wird auf sie gewartet.</translation>
    </message>
    <message>
        <source>The History of the Train place shows the same with its curves.</source>
        <translation>Der Verlauf unter „Trainieren“ zeigt dasselbe mit Kurven.</translation>
    </message>
    <message>
        <source>The MQTT broker at {where} and this computer do not agree on encryption ({reason}). Check the port, TLS and the broker&apos;s certificate.</source>
        <translation>Der MQTT-Broker unter {where} und dieser Rechner werden sich über die Verschlüsselung nicht einig ({reason}). Prüfe Port, TLS und das Zertifikat des Brokers.</translation>
    </message>
    <message>
        <source>The MQTT broker at {where} cannot be reached ({reason}). Start it, or correct the address.</source>
        <translation>Der MQTT-Broker unter {where} ist nicht erreichbar ({reason}). Starte ihn oder korrigiere die Adresse.</translation>
    </message>
    <message>
        <source>The MQTT broker at {where} does not accept the user name and password. Correct them.</source>
        <translation>Der MQTT-Broker unter {where} nimmt Benutzername und Passwort nicht an. Korrigiere sie.</translation>
    </message>
    <message>
        <source>The MQTT broker at {where} does not answer; it is tried again.</source>
        <translation>Der MQTT-Broker unter {where} antwortet nicht; es wird noch einmal versucht.</translation>
    </message>
    <message>
        <source>The MQTT broker at {where} is gone ({code}); waiting for it.</source>
        <translation>Der MQTT-Broker unter {where} ist weg ({code}); es wird auf ihn gewartet.</translation>
    </message>
    <message>
        <source>The MQTT broker at {where} refused the connection ({code}).</source>
        <translation>Der MQTT-Broker unter {where} lehnte die Verbindung ab ({code}).</translation>
    </message>
    <message>
        <source>The Python package sounddevice is missing, so there is no sound in or out. Install it with pip install sounddevice.</source>
        <translation>Das Python-Paket sounddevice fehlt, deshalb gibt es weder Ein- noch Ausgabe von Ton. Installiere es mit pip install sounddevice.</translation>
    </message>
    <message>
        <source>The architecture is searched for a new network (--mode scratch) and so many minutes (--minutes).</source>
        <translation>Nach der Architektur wird bei einem neuen Netz (--mode scratch) und so viele Minuten lang (--minutes) gesucht.</translation>
    </message>
    <message>
        <source>The arrays were not made by {frontend_name}, the front end of {spec}&apos;s paper; the network learns to hear through theirs.</source>
        <translation>Die Arrays wurden nicht von {frontend_name} gemacht, dem Frontend des Papers zu {spec}; das Netz lernt, durch ihres zu hören.</translation>
    </message>
    <message>
        <source>The best network so far cannot be saved in {parent} ({reason}). Make room there and resume the search.</source>
        <translation>Das bisher beste Netz kann in {parent} nicht gespeichert werden ({reason}). Schaffe dort Platz und setze die Suche fort.</translation>
    </message>
    <message>
        <source>The catalog is sound.</source>
        <translation>Der Katalog ist unbeschädigt.</translation>
    </message>
    <message>
        <source>The check ended unexpectedly (status {n}).</source>
        <translation>Die Prüfung endete unerwartet (Status {n}).</translation>
    </message>
    <message>
        <source>The check itself failed ({error}).</source>
        <translation>Die Prüfung selbst schlug fehl ({error}).</translation>
    </message>
    <message>
        <source>The checkpoint cannot be read ({reason}). Get it again.</source>
        <translation>Der Zwischenstand ist nicht lesbar ({reason}). Hole ihn noch einmal.</translation>
    </message>
    <message>
        <source>The checkpoint cannot be saved in {parent} ({reason}). Make room there and resume the training.</source>
        <translation>Der Zwischenstand kann in {parent} nicht gespeichert werden ({reason}). Schaffe dort Platz und setze das Training fort.</translation>
    </message>
    <message>
        <source>The genre {label} has control characters in its name. Give it another one.</source>
        <translation>Das Genre {label} hat Steuerzeichen im Namen. Gib ihm einen anderen.</translation>
    </message>
    <message>
        <source>The genre {label}… has a name of {n_label} characters; {max_label_length} is the limit. Give it a shorter one.</source>
        <translation>Das Genre {label}… hat einen Namen mit {n_label} Zeichen; höchstens {max_label_length} sind möglich. Gib ihm einen kürzeren.</translation>
    </message>
    <message>
        <source>The genres {other} and {label} differ only in case or spaces. Put their songs under one of these names.</source>
        <translation>Die Genres {other} und {label} unterscheiden sich nur in Groß- und Kleinschreibung oder Leerzeichen. Bringe ihre Songs unter einem dieser Namen unter.</translation>
    </message>
    <message>
        <source>The cluster has no workers. Start some: `dask worker SCHEDULER --nthreads 1`.</source>
        <translation>Der Cluster hat keine Arbeitsprozesse. Starte welche: `dask worker SCHEDULER --nthreads 1`.</translation>
    </message>
    <message>
        <source>The cluster has other versions of its packages: {reason}</source>
        <translation>Der Cluster hat andere Versionen seiner Pakete: {reason}</translation>
    </message>
    <message>
        <source>The cue sheet {sheet} names it and would no longer find it there.</source>
        <translation>Das Cue-Sheet {sheet} nennt sie und fände sie dort nicht mehr.</translation>
    </message>
    <message>
        <source>The decoder crashed on it. It may be damaged.</source>
        <translation>Der Decoder ist an ihr abgestürzt. Vielleicht ist sie beschädigt.</translation>
    </message>
    <message>
        <source>The decoder did not come to an end with it. It may be damaged.</source>
        <translation>Der Decoder kam mit ihr an kein Ende. Vielleicht ist sie beschädigt.</translation>
    </message>
    <message>
        <source>The demo pieces are missing from {folder}; install GenreDesk again.</source>
        <translation>Die Demostücke fehlen in {folder}; installiere GenreDesk neu.</translation>
    </message>
    <message>
        <source>The disk was full before it came to this file.</source>
        <translation>Das Laufwerk war voll, bevor diese Datei an der Reihe war.</translation>
    </message>
    <message>
        <source>The display {display} does not answer, so no window can open.</source>
        <translation>Die Anzeige {display} antwortet nicht, deshalb kann sich kein Fenster öffnen.</translation>
    </message>
    <message>
        <source>The file would change too much to be sure of the way back.</source>
        <translation>Die Datei würde sich zu sehr ändern, um des Rückwegs sicher zu sein.</translation>
    </message>
    <message>
        <source>The files cannot be analyzed: {value}</source>
        <translation>Die Dateien lassen sich nicht analysieren: {value}</translation>
    </message>
    <message>
        <source>The filter is nested too deeply.</source>
        <translation>Der Filter ist zu tief verschachtelt.</translation>
    </message>
    <message>
        <source>The front end of this model cannot be read ({what}). It was made by another version of GenreDesk: update GenreDesk or the model.</source>
        <translation>Das Frontend dieses Modells ist nicht lesbar ({what}). Es stammt von einer anderen GenreDesk-Version: Aktualisiere GenreDesk oder das Modell.</translation>
    </message>
    <message>
        <source>The front end of this model cannot be used: parts is no list.</source>
        <translation>Das Frontend dieses Modells ist nicht verwendbar: parts ist keine Liste.</translation>
    </message>
    <message>
        <source>The front end of this model cannot be used: {name} is {value!r}.</source>
        <translation>Das Frontend dieses Modells ist nicht verwendbar: {name} ist {value!r}.</translation>
    </message>
    <message>
        <source>The front end of this model cannot be used: {reason}.</source>
        <translation>Das Frontend dieses Modells ist nicht verwendbar: {reason}.</translation>
    </message>
    <message>
        <source>The front end of this model is not a table of settings.</source>
        <translation>Das Frontend dieses Modells ist keine Tabelle von Einstellungen.</translation>
    </message>
    <message>
        <source>The genre cannot be written to {path} ({reason}). Choose another place.</source>
        <translation>Das Genre lässt sich nicht in {path} schreiben ({reason}). Wähle einen anderen Ort.</translation>
    </message>
    <message>
        <source>The graphics part of this computer&apos;s chip trains fastest.</source>
        <translation>Auf dem Grafikteil des Chips dieses Rechners geht das Training am schnellsten.</translation>
    </message>
    <message>
        <source>The installed torch is built for the processor only.</source>
        <translation>Das installierte torch ist nur für den Prozessor gebaut.</translation>
    </message>
    <message>
        <source>The library has no watched folders; waiting for one.</source>
        <translation>Die Bibliothek hat keine Ordner, auf die geachtet wird; es wird auf einen gewartet.</translation>
    </message>
    <message>
        <source>The library is empty. Name a folder of music.</source>
        <translation>Die Bibliothek ist leer. Nenne einen Ordner mit Musik.</translation>
    </message>
    <message>
        <source>The log says more.</source>
        <translation>Mehr steht im Protokoll.</translation>
    </message>
    <message>
        <source>The look inside met a problem ({reason}) and goes on.</source>
        <translation>Beim Blick nach innen gab es ein Problem ({reason}); es geht weiter.</translation>
    </message>
    <message>
        <source>The manual is not built yet: run `make docs` in GenreDesk&apos;s folder.</source>
        <translation>Das Handbuch ist noch nicht gebaut: Führe im Ordner von GenreDesk `make docs` aus.</translation>
    </message>
    <message>
        <source>The manual: {page}</source>
        <translation>Das Handbuch: {page}</translation>
    </message>
    <message>
        <source>The map could not be drawn: its process ended early.</source>
        <translation>Die Karte konnte nicht gezeichnet werden: Ihr Prozess endete vorzeitig.</translation>
    </message>
    <message>
        <source>The mel array file was made by another front end than the one that is needed. Train on a folder of audio files instead.</source>
        <translation>Die Datei mit Mel-Arrays wurde von einem anderen Frontend gemacht als dem nötigen. Trainiere stattdessen mit einem Ordner voller Audiodateien.</translation>
    </message>
    <message>
        <source>The mode is {mode!r}; choose one of {modes}.</source>
        <translation>Der Modus ist {mode!r}; wähle einen von {modes}.</translation>
    </message>
    <message>
        <source>The mode {mode} begins with a bundle&apos;s weights. Leave ImageNet&apos;s out, or train from scratch (--mode scratch).</source>
        <translation>Der Modus {mode} beginnt mit den Gewichten eines Bundles. Lass die von ImageNet weg oder trainiere von Grund auf (--mode scratch).</translation>
    </message>
    <message>
        <source>The mode {mode} goes on with a bundle&apos;s network as it is. Leave {net}{network_changes} out, or train from scratch.</source>
        <translation>Der Modus {mode} macht mit dem Netz eines Bundles weiter, wie es ist. Lass {net}{network_changes} weg oder trainiere von Grund auf.</translation>
    </message>
    <message>
        <source>The mode {mode} goes on with the bundle&apos;s own network, and that of {id} is {network}. Leave --network out, or train from scratch.</source>
        <translation>Der Modus {mode} macht mit dem Netz des Bundles weiter, und das von {id} ist {network}. Lass --network weg oder trainiere von Grund auf.</translation>
    </message>
    <message>
        <source>The mode {mode} needs a bundle to start from (--bundle).</source>
        <translation>Der Modus {mode} braucht ein Bundle, von dem er ausgeht (--bundle).</translation>
    </message>
    <message>
        <source>The model is one trained with `genredesk train --network vae`. What it makes is a spectrogram; the
phases that sound needs are estimated from it. The same --seed gives the same piece.</source>
        <translation>Das Modell ist eines, das mit `genredesk train --network vae` trainiert wurde. Was es macht, ist ein
Spektrogramm; die Phasen, die Klang braucht, werden daraus geschätzt. Derselbe --seed ergibt dasselbe
Stück.</translation>
    </message>
    <message>
        <source>The music it belongs to needs checking or has a conflict.</source>
        <translation>Die Musik, zu der sie gehört, ist zu prüfen oder hat einen Konflikt.</translation>
    </message>
    <message>
        <source>The network {spec} has no field {key}. Its fields: {has}.</source>
        <translation>Das Netz {spec} hat kein Feld {key}. Seine Felder: {has}.</translation>
    </message>
    <message>
        <source>The network {spec} takes no ImageNet weights; mobilenet-v2 and densenet121 do. Choose one of them or leave the weights out.</source>
        <translation>Das Netz {spec} nimmt keine ImageNet-Gewichte; mobilenet-v2 und densenet121 schon. Wähle eines davon oder lass die Gewichte weg.</translation>
    </message>
    <message>
        <source>The network&apos;s {key} cannot be {value!r}; it is {old!r} by itself.</source>
        <translation>{key} des Netzes kann nicht {value!r} sein; von sich aus ist es {old!r}.</translation>
    </message>
    <message>
        <source>The network&apos;s {key} is one of {choices}, not {value}.</source>
        <translation>{key} des Netzes ist eines von {choices}, nicht {value}.</translation>
    </message>
    <message>
        <source>The notebook&apos;s network makes up to 30 seconds, not {seconds:g}.</source>
        <translation>Das Netz des Notebooks macht bis zu 30 Sekunden, nicht {seconds:g}.</translation>
    </message>
    <message>
        <source>The notebook&apos;s network went astray (the loss is not a number). Use other songs.</source>
        <translation>Das Netz des Notebooks geriet aus der Bahn (der Verlust ist keine Zahl). Nimm andere Songs.</translation>
    </message>
    <message>
        <source>The original is no longer there, so its copy is kept.</source>
        <translation>Das Original ist nicht mehr da, deshalb bleibt die Kopie.</translation>
    </message>
    <message>
        <source>The overlay is at {url}</source>
        <translation>Die Einblendung ist unter {url}</translation>
    </message>
    <message>
        <source>The parentheses at character {at} are empty.</source>
        <translation>Die Klammern bei Zeichen {at} sind leer.</translation>
    </message>
    <message>
        <source>The paths of its tracks.csv are seen from {root}; look whether they are right.</source>
        <translation>Die Pfade in tracks.csv gelten von {root} aus; sieh nach, ob sie stimmen.</translation>
    </message>
    <message>
        <source>The plan has {n_steps} rows. Make it again and tick its rows.</source>
        <translation>Der Plan hat {n_steps} Zeilen. Mach ihn neu und hake noch einmal an.</translation>
    </message>
    <message>
        <source>The port is a number from 1 to 65535, not {text!r}.</source>
        <translation>Der Port ist eine Zahl von 1 bis 65535, nicht {text!r}.</translation>
    </message>
    <message>
        <source>The processes that listen to files end before they begin. Free some memory, or start the program again.</source>
        <translation>Die Prozesse, die Dateien anhören, enden, bevor sie beginnen. Schaffe freien Speicher oder starte das Programm neu.</translation>
    </message>
    <message>
        <source>The quote that begins at character {at} is not closed. Add a &quot;.</source>
        <translation>Das Anführungszeichen bei Zeichen {at} ist nicht geschlossen. Ergänze ein &quot;.</translation>
    </message>
    <message>
        <source>The recipe {recipe} adds sound that is no music, and that is drawn for the front end live-mel only. Train on that front end or set outliers to 0.</source>
        <translation>Das Rezept {recipe} mischt Klang bei, der keine Musik ist, und der wird nur für das Frontend live-mel erzeugt. Trainiere mit diesem Frontend oder setze outliers auf 0.</translation>
    </message>
    <message>
        <source>The recipe {recipe} asks for an unknown optimizer.</source>
        <translation>Das Rezept {recipe} verlangt einen unbekannten Optimierer.</translation>
    </message>
    <message>
        <source>The recipe {recipe} changes tempo and pitch of the sound (wave_stretch, wave_pitch), and mel arrays have no sound. Train on a folder of audio files.</source>
        <translation>Das Rezept {recipe} ändert Tempo und Tonhöhe des Tons (wave_stretch, wave_pitch), und Mel-Arrays haben keinen Ton. Trainiere mit einem Ordner voller Audiodateien.</translation>
    </message>
    <message>
        <source>The recipe {recipe} has one version only: what its paper prints is what its authors ran, as far as that is known.</source>
        <translation>Das Rezept {recipe} gibt es nur in einer Fassung: Was das Paper druckt, ist, soweit bekannt, auch das, was seine Autoren laufen ließen.</translation>
    </message>
    <message>
        <source>The recipe {recipe} re-draws windows with an autoencoder. Train one (network vae) on the same front end and name its model (vary_with).</source>
        <translation>Das Rezept {recipe} zeichnet Fenster mit einem Autoencoder neu. Trainiere einen (Netz vae) mit demselben Frontend und nenne sein Modell (vary_with).</translation>
    </message>
    <message>
        <source>The recipe&apos;s {name} cannot be {value!r}.</source>
        <translation>{name} des Rezepts kann nicht {value!r} sein.</translation>
    </message>
    <message>
        <source>The recipe&apos;s {name} must be between {low:g} and {high:g}, not {value:g}.</source>
        <translation>{name} des Rezepts muss zwischen {low:g} und {high:g} liegen, nicht bei {value:g}.</translation>
    </message>
    <message>
        <source>The recipe&apos;s {name} must be one of {choices}, not {value}.</source>
        <translation>{name} des Rezepts muss eines von {choices} sein, nicht {value}.</translation>
    </message>
    <message>
        <source>The scheduler is gone. Start it and scan again; what was heard is kept.</source>
        <translation>Der Scheduler ist weg. Starte ihn und durchsuche noch einmal; was gehört wurde, bleibt.</translation>
    </message>
    <message>
        <source>The seed must be 0 or more.</source>
        <translation>Der Startwert muss 0 oder größer sein.</translation>
    </message>
    <message>
        <source>The settings cannot be saved in {parent} ({reason}).</source>
        <translation>Die Einstellungen lassen sich in {parent} nicht speichern ({reason}).</translation>
    </message>
    <message>
        <source>The settings could not be used ({reason}); they were set aside as {aside} and the defaults are in use.</source>
        <translation>Die Einstellungen waren nicht verwendbar ({reason}); sie liegen jetzt als {aside} beiseite, und es gelten die Vorgaben.</translation>
    </message>
    <message>
        <source>The settings in {path} cannot be read ({strerror}); using the defaults.</source>
        <translation>Die Einstellungen in {path} sind nicht lesbar ({strerror}); es gelten die Vorgaben.</translation>
    </message>
    <message>
        <source>The songs are a folder with one folder per genre, a rekordbox XML, or a mel array file with its
table. Ctrl-C stops; the same command with --resume goes on after the last whole epoch.</source>
        <translation>Die Songs sind ein Ordner mit einem Ordner je Genre, ein rekordbox-XML oder eine Datei mit Mel-Arrays
und ihrer Tabelle. Strg-C hält an; derselbe Befehl mit --resume macht nach der letzten ganzen Epoche
weiter.</translation>
    </message>
    <message>
        <source>The songs are a folder with one folder per genre, or a mel array file with its table. Every song
given is used; give songs the model has not been trained on.</source>
        <translation>Die Songs sind ein Ordner mit einem Ordner je Genre oder eine Datei mit Mel-Arrays und ihrer Tabelle.
Jeder angegebene Song wird benutzt; gib Songs an, mit denen das Modell nicht trainiert wurde.</translation>
    </message>
    <message>
        <source>The songs are a folder with one folder per genre, or a mel array file with its table: one part of
them sets the ranges, the other measures the loss.</source>
        <translation>Die Songs sind ein Ordner mit einem Ordner je Genre oder eine Datei mit Mel-Arrays und ihrer Tabelle:
Ein Teil legt die Bereiche fest, der andere misst den Verlust.</translation>
    </message>
    <message>
        <source>The songs are a folder with one folder per genre, or with --library the tracks whose genre you set
yourself. Models of different vocabularies are compared by the words that both know: of these, the
likeliest counts as the answer.</source>
        <translation>Die Songs sind ein Ordner mit einem Ordner je Genre oder mit --library die Titel, deren Genre du
selbst festgelegt hast. Modelle mit verschiedenen Wortschätzen werden nach den Wörtern verglichen, die
beide kennen: Das wahrscheinlichste davon zählt als Antwort.</translation>
    </message>
    <message>
        <source>The songs are not those that {folder} was begun with ({told}). Put them back, or begin anew in another folder (--out); what was finished stays.</source>
        <translation>Die Songs sind nicht die, mit denen {folder} begonnen wurde ({told}). Lege sie wieder hin oder beginne neu in einem anderen Ordner (--out); was fertig wurde, bleibt.</translation>
    </message>
    <message>
        <source>The sound of {source} at that time is no longer held: of a device the last ten minutes are. Select a later stretch.</source>
        <translation>Der Ton von {source} aus dieser Zeit ist nicht mehr da: Von einem Gerät werden die letzten zehn Minuten gehalten. Wähle einen späteren Abschnitt.</translation>
    </message>
    <message>
        <source>The sound output</source>
        <translation>Die Audioausgabe</translation>
    </message>
    <message>
        <source>The sound system</source>
        <translation>Das Audiosystem</translation>
    </message>
    <message>
        <source>The threshold of “{label}” must lie between 0 and 100 %.</source>
        <translation>Die Schwelle von „{label}“ muss zwischen 0 und 100 % liegen.</translation>
    </message>
    <message>
        <source>The times are those of one window on one processor thread, the front end not counted: in ONNX
Runtime, where models in use run, and in torch, as it is trained. --no-timing leaves them out.</source>
        <translation>Die Zeiten gelten für ein Fenster auf einem Prozessor-Thread, ohne das Frontend: in ONNX Runtime, wo
verwendete Modelle laufen, und in torch, wo trainiert wird. --no-timing lässt sie weg.</translation>
    </message>
    <message>
        <source>The token is missing or wrong. GenreDesk&apos;s settings show the whole address.</source>
        <translation>Das Token fehlt oder ist falsch. Die Einstellungen von GenreDesk zeigen die ganze Adresse.</translation>
    </message>
    <message>
        <source>The training cannot be kept in {folder} ({reason}). Make room there, then start again.</source>
        <translation>Das Training lässt sich in {folder} nicht aufbewahren ({reason}). Schaffe dort Platz und beginne dann noch einmal.</translation>
    </message>
    <message>
        <source>The training ended with a defect of the program ({name}: {reason}).</source>
        <translation>Das Training endete mit einem Fehler des Programms ({name}: {reason}).</translation>
    </message>
    <message>
        <source>The training plan does not say where the bundle goes (out).</source>
        <translation>Der Trainingsplan sagt nicht, wohin das Bundle kommt (out).</translation>
    </message>
    <message>
        <source>The training plan has an unknown field, {unknown}.</source>
        <translation>Der Trainingsplan hat ein unbekanntes Feld, {unknown}.</translation>
    </message>
    <message>
        <source>The training plan is no JSON object.</source>
        <translation>Der Trainingsplan ist kein JSON-Objekt.</translation>
    </message>
    <message>
        <source>The training plan&apos;s {name} has the wrong type.</source>
        <translation>{name} des Trainingsplans hat den falschen Typ.</translation>
    </message>
    <message>
        <source>The training process behind `genredesk train` and the Train page; not for typing.</source>
        <translation>Der Trainingsprozess hinter `genredesk train` und „Trainieren“; nicht zum Eintippen.</translation>
    </message>
    <message>
        <source>The training process ended unexpectedly ({how}).{again}{said}</source>
        <translation>Der Trainingsprozess endete unerwartet ({how}).{again}{said}</translation>
    </message>
    <message>
        <source>The training process told of {name!r}, which is not known here.</source>
        <translation>Der Trainingsprozess meldete {name!r}, das ist hier nicht bekannt.</translation>
    </message>
    <message>
        <source>The training went astray in epoch {number} (the loss is not a number). Start again with a lower learning rate.</source>
        <translation>Das Training geriet in Epoche {number} aus der Bahn (der Verlust ist keine Zahl). Beginne noch einmal mit einer niedrigeren Lernrate.</translation>
    </message>
    <message>
        <source>The way back is damaged.</source>
        <translation>Der Rückweg ist beschädigt.</translation>
    </message>
    <message>
        <source>The window cannot open because {library} is missing; {way_out}.</source>
        <translation>Das Fenster kann sich nicht öffnen, weil {library} fehlt; {way_out}.</translation>
    </message>
    <message>
        <source>The window needs PySide6, which is not installed (pip install PySide6-Essentials).</source>
        <translation>Das Fenster braucht PySide6, das nicht installiert ist (pip install PySide6-Essentials).</translation>
    </message>
    <message>
        <source>The words are {words!r}; choose one of {words2}.</source>
        <translation>Die Wörter sind {words!r}; wähle eines von {words2}.</translation>
    </message>
    <message>
        <source>The worker knows no command {asked!r}.</source>
        <translation>Der Arbeitsprozess kennt keinen Befehl {asked!r}.</translation>
    </message>
    <message>
        <source>The worker knows no task {name!r}.</source>
        <translation>Der Arbeitsprozess kennt keine Aufgabe {name!r}.</translation>
    </message>
    <message>
        <source>The {name} do not fit {backbone}: features.{wrong} is missing, unknown or has another shape ({n_wrong} such). Use torchvision&apos;s {files}.</source>
        <translation>Die Gewichte ({name}) passen nicht zu {backbone}: features.{wrong} fehlt, ist unbekannt oder hat eine andere Form ({n_wrong} solche). Nimm die von torchvision: {files}.</translation>
    </message>
    <message>
        <source>The {name} output met a problem ({reason}) and is tried again.</source>
        <translation>Die Ausgabe {name} hatte ein Problem ({reason}) und wird noch einmal versucht.</translation>
    </message>
    <message>
        <source>The {name} peer takes nothing; it is tried again.</source>
        <translation>Die Gegenstelle {name} nimmt nichts an; es wird noch einmal versucht.</translation>
    </message>
    <message>
        <source>The {noun} “{wanted}” is not connected. Plug it in or choose another.</source>
        <translation>{noun} „{wanted}“ ist nicht angeschlossen. Schließe es an oder wähle etwas anderes.</translation>
    </message>
    <message>
        <source>There are no music files in {named}.</source>
        <translation>In {named} sind keine Musikdateien.</translation>
    </message>
    <message>
        <source>There are {n_labels} genres; {max_labels} is the limit. Put some together.</source>
        <translation>Es sind {n_labels} Genres; höchstens {max_labels} sind möglich. Fasse einige zusammen.</translation>
    </message>
    <message>
        <source>There is already a file of that name.</source>
        <translation>Eine Datei dieses Namens gibt es schon.</translation>
    </message>
    <message>
        <source>There is no D-Bus session here, so no media keys either.</source>
        <translation>Hier gibt es keine D-Bus-Sitzung, also auch keine Medientasten.</translation>
    </message>
    <message>
        <source>There is no action &apos;{name}&apos;. There are: {names}.</source>
        <translation>Es gibt keine Aktion „{name}“. Es gibt: {names}.</translation>
    </message>
    <message>
        <source>There is no computer called {host} in this network. Correct the address of the MQTT broker.</source>
        <translation>In diesem Netzwerk gibt es keinen Rechner namens {host}. Korrigiere die Adresse des MQTT-Brokers.</translation>
    </message>
    <message>
        <source>There is no computer called {host} in this network. Correct the address of the OSC output.</source>
        <translation>In diesem Netzwerk gibt es keinen Rechner namens {host}. Korrigiere die Adresse der OSC-Ausgabe.</translation>
    </message>
    <message>
        <source>There is no device named {name}. Choose one of: {devices}.</source>
        <translation>Es gibt kein Gerät namens {name}. Wähle eines von: {devices}.</translation>
    </message>
    <message>
        <source>There is no display here, so no window can open.</source>
        <translation>Hier gibt es keine Anzeige, deshalb kann sich kein Fenster öffnen.</translation>
    </message>
    <message>
        <source>There is no experiment in {folder} to go on with. Leave --resume out to begin one, or name its folder (--out).</source>
        <translation>In {folder} ist kein Experiment, mit dem es weiterginge. Lass --resume weg, um eines zu beginnen, oder nenne seinen Ordner (--out).</translation>
    </message>
    <message>
        <source>There is no format &apos;{format}&apos;. There are: {formats}.</source>
        <translation>Es gibt kein Format „{format}“. Es gibt: {formats}.</translation>
    </message>
    <message>
        <source>There is no front end named {frontend}. Choose one of: {names}.</source>
        <translation>Es gibt kein Frontend namens {frontend}. Wähle eines von: {names}.</translation>
    </message>
    <message>
        <source>There is no group “{group}”. There are {groups}.</source>
        <translation>Eine Gruppe „{group}“ gibt es nicht. Es gibt {groups}.</translation>
    </message>
    <message>
        <source>There is no microphone; files and what the computer plays can be heard.</source>
        <translation>Es gibt kein Mikrofon; Dateien und was der Rechner abspielt sind zu hören.</translation>
    </message>
    <message>
        <source>There is no music in the folders of {root}. It needs one folder per genre, with audio files inside.</source>
        <translation>In den Ordnern von {root} ist keine Musik. Nötig ist ein Ordner je Genre, mit Audiodateien darin.</translation>
    </message>
    <message>
        <source>There is no network called {name!r}. Choose one of: {names}.</source>
        <translation>Es gibt kein Netz namens {name!r}. Wähle eines von: {names}.</translation>
    </message>
    <message>
        <source>There is no order by “{sort}”. There are {sorts}.</source>
        <translation>Eine Sortierung nach „{sort}“ gibt es nicht. Es gibt {sorts}.</translation>
    </message>
    <message>
        <source>There is no plan {plan_id}. `genredesk undo --list` shows them all.</source>
        <translation>Es gibt keinen Plan {plan_id}. `genredesk undo --list` zeigt alle.</translation>
    </message>
    <message>
        <source>There is no rule “{name}”. There are: {there}.</source>
        <translation>Eine Regel „{name}“ gibt es nicht. Es gibt: {there}.</translation>
    </message>
    <message>
        <source>There is no song of {genre} in {folder}. There is {labels}.</source>
        <translation>In {folder} ist kein Song in {genre}. Es gibt {labels}.</translation>
    </message>
    <message>
        <source>There is no song to evaluate.</source>
        <translation>Es gibt keinen Song zum Auswerten.</translation>
    </message>
    <message>
        <source>There is no song with a word that all of these models know.</source>
        <translation>Es gibt keinen Song mit einem Wort, das alle diese Modelle kennen.</translation>
    </message>
    <message>
        <source>There is no sound device. Connect one, and check that PulseAudio or PipeWire is running (pactl info).</source>
        <translation>Es gibt kein Audiogerät. Schließe eines an und prüfe, ob PulseAudio oder PipeWire läuft (pactl info).</translation>
    </message>
    <message>
        <source>There is no sound device. Connect one; it is noticed at once.</source>
        <translation>Es gibt kein Audiogerät. Schließe eines an; es wird sofort bemerkt.</translation>
    </message>
    <message>
        <source>There is no state “{value}”. There are {states}.</source>
        <translation>Einen Status „{value}“ gibt es nicht. Es gibt {states}.</translation>
    </message>
    <message>
        <source>There is no training {name}. `genredesk runs` lists them.</source>
        <translation>Es gibt kein Training {name}. `genredesk runs` führt alle auf.</translation>
    </message>
    <message>
        <source>There is no {asked} device here, so the processor is used.</source>
        <translation>Hier gibt es kein Gerät {asked}, deshalb rechnet der Prozessor.</translation>
    </message>
    <message>
        <source>There is no {noun}. Plug one in; it is noticed at once.</source>
        <translation>Nicht vorhanden: {noun}. Schließe etwas an; es wird sofort bemerkt.</translation>
    </message>
    <message>
        <source>There is no “{field}:” to filter by. There are {by_name}; to look for the text itself, put it in quotes.</source>
        <translation>Nach „{field}:“ lässt sich nicht filtern. Es gibt {by_name}; um nach dem Text selbst zu suchen, setze ihn in Anführungszeichen.</translation>
    </message>
    <message>
        <source>There is none.</source>
        <translation>Es gibt keine.</translation>
    </message>
    <message>
        <source>There is not enough memory to train even on two windows at once. Close other programs or choose a smaller network.</source>
        <translation>Der Speicher reicht nicht einmal, um mit zwei Fenstern auf einmal zu trainieren. Schließe andere Programme oder wähle ein kleineres Netz.</translation>
    </message>
    <message>
        <source>There is nothing to go on with; the training begins.</source>
        <translation>Es gibt nichts, womit es weiterginge; das Training beginnt.</translation>
    </message>
    <message>
        <source>There is nothing to learn from yet. Set the genre of some tracks first: choose them and press a key from 1 to 9.</source>
        <translation>Es gibt noch nichts zu lernen. Lege zuerst das Genre einiger Titel fest: Wähle sie aus und drücke eine Taste von 1 bis 9.</translation>
    </message>
    <message>
        <source>There is nothing to learn from: keep a stretch of sound under a word.</source>
        <translation>Es gibt nichts, woraus gelernt werden könnte: Behalte ein Stück Ton unter einem Wort.</translation>
    </message>
    <message>
        <source>There is nothing to undo.</source>
        <translation>Es gibt nichts rückgängig zu machen.</translation>
    </message>
    <message>
        <source>These can be undone.</source>
        <translation>Diese lassen sich rückgängig machen.</translation>
    </message>
    <message>
        <source>They disagree on {n_every} of {n} songs:</source>
        <translation>Sie sind sich bei {n_every} von {n} Songs uneins:</translation>
    </message>
    <message>
        <source>This computer has no address {host}. Use 127.0.0.1, or 0.0.0.0 for the whole network.</source>
        <translation>Dieser Rechner hat keine Adresse {host}. Nimm 127.0.0.1, oder 0.0.0.0 für das ganze Netzwerk.</translation>
    </message>
    <message>
        <source>This is such a processor: they are multiplied in a slower, exact way.</source>
        <translation>Dies ist so ein Prozessor: Sie werden auf langsamere, genaue Art multipliziert.</translation>
    </message>
    <message>
        <source>This network has no last layer on an embedding, so it cannot learn to tell songs apart. Set recognise to 0.</source>
        <translation>Dieses Netz hat keine letzte Schicht auf einem Embedding, deshalb kann es nicht lernen, Songs auseinanderzuhalten. Setze recognise auf 0.</translation>
    </message>
    <message>
        <source>This network knows no genre {genre}. It knows {listed}.</source>
        <translation>Dieses Netz kennt kein Genre {genre}. Es kennt {listed}.</translation>
    </message>
    <message>
        <source>This network, as every autoencoder, has no last layer that other genres could take. Train it from scratch.</source>
        <translation>Dieses Netz hat, wie jeder Autoencoder, keine letzte Schicht, die andere Genres annehmen könnte. Trainiere es von Grund auf.</translation>
    </message>
    <message>
        <source>This program has no pip to install it with. Full training comes with GenreDesk from the package index: pip install &apos;genredesk[train]&apos; in a Python of its own; models trained there can be imported here.</source>
        <translation>Dieses Programm hat kein pip, um es zu installieren. Das volle Training kommt mit GenreDesk aus dem Paketindex: pip install &apos;genredesk[train]&apos; in einem eigenen Python; dort trainierte Modelle lassen sich hier importieren.</translation>
    </message>
    <message>
        <source>This program is packed as a whole; nothing can be added to it.</source>
        <translation>Dieses Programm ist als Ganzes gepackt; es lässt sich nichts hinzufügen.</translation>
    </message>
    <message>
        <source>Timing the networks</source>
        <translation>Die Laufzeit der Netze wird gemessen</translation>
    </message>
    <message>
        <source>To install it: {command}.</source>
        <translation>Zum Installieren: {command}.</translation>
    </message>
    <message>
        <source>To hear what the computer plays, install pactl (Debian, Ubuntu: apt install pulseaudio-utils; Fedora: dnf install pulseaudio-utils; Arch: pacman -S libpulse) and run PulseAudio or PipeWire.</source>
        <translation>Um zu hören, was der Rechner abspielt, installiere pactl (Debian, Ubuntu: apt install pulseaudio-utils; Fedora: dnf install pulseaudio-utils; Arch: pacman -S libpulse) und lass PulseAudio oder PipeWire laufen.</translation>
    </message>
    <message>
        <source>To hear what the computer plays, start PulseAudio or PipeWire; none of them answers.</source>
        <translation>Um zu hören, was der Rechner abspielt, starte PulseAudio oder PipeWire; keines von beiden antwortet.</translation>
    </message>
    <message>
        <source>To hear what the computer plays, switch on “Stereo Mix” in Windows&apos; sound settings (Recording, show disabled devices), or install a virtual cable such as VB-CABLE; then choose it here.</source>
        <translation>Um zu hören, was der Rechner abspielt, schalte in den Audioeinstellungen von Windows „Stereomix“ ein (Aufnahme, deaktivierte Geräte anzeigen) oder installiere ein virtuelles Kabel wie VB-CABLE; wähle es dann hier.</translation>
    </message>
    <message>
        <source>Torch finds no {name} device on this computer. Choose auto or cpu, or install the torch that is made for it.</source>
        <translation>Torch findet auf diesem Rechner kein Gerät {name}. Wähle auto oder cpu oder installiere das torch, das dafür gemacht ist.</translation>
    </message>
    <message>
        <source>Train a network on labeled music and make a bundle of it.</source>
        <translation>Ein Netz mit benannter Musik trainieren und ein Bundle daraus machen.</translation>
    </message>
    <message>
        <source>Train it again with this version of GenreDesk, or use the version it was made with.</source>
        <translation>Trainiere es mit dieser GenreDesk-Version noch einmal oder benutze die Version, mit der es gemacht wurde.</translation>
    </message>
    <message>
        <source>Training once more, on the songs that were kept back too.</source>
        <translation>Es wird noch einmal trainiert, auch mit den zurückgehaltenen Songs.</translation>
    </message>
    <message>
        <source>Two workers of the cluster ended while they read it. It may be damaged.</source>
        <translation>Zwei Arbeitsprozesse des Clusters endeten, während sie sie lasen. Vielleicht ist sie beschädigt.</translation>
    </message>
    <message>
        <source>Undo the newest applied plan that is not undone yet; --list shows them all.</source>
        <translation>Den neuesten ausgeführten Plan rückgängig machen; --list zeigt alle.</translation>
    </message>
    <message>
        <source>Unpack it and import that folder.</source>
        <translation>Entpacke es und importiere diesen Ordner.</translation>
    </message>
    <message>
        <source>Update GenreDesk.</source>
        <translation>Aktualisiere GenreDesk.</translation>
    </message>
    <message>
        <source>Update the graphics driver, or torch.</source>
        <translation>Aktualisiere den Grafiktreiber oder torch.</translation>
    </message>
    <message>
        <source>Use a longer piece of it.</source>
        <translation>Nimm ein längeres Stück davon.</translation>
    </message>
    <message>
        <source>Watching {folders}.</source>
        <translation>Auf {folders} wird geachtet.</translation>
    </message>
    <message>
        <source>What full training consists of is not known here, for GenreDesk was not installed as a package. Install it with: pip install &apos;genredesk[train]&apos;.</source>
        <translation>Woraus das volle Training besteht, ist hier nicht bekannt, weil GenreDesk nicht als Paket installiert wurde. Installiere es mit: pip install &apos;genredesk[train]&apos;.</translation>
    </message>
    <message>
        <source>What listens at {where} does not answer as an MQTT broker. Check the port.</source>
        <translation>Was unter {where} lauscht, antwortet nicht wie ein MQTT-Broker. Prüfe den Port.</translation>
    </message>
    <message>
        <source>What the computer plays can be heard.</source>
        <translation>Was der Rechner abspielt, ist zu hören.</translation>
    </message>
    <message>
        <source>What the computer plays cannot be heard.</source>
        <translation>Was der Rechner abspielt, ist nicht zu hören.</translation>
    </message>
    <message>
        <source>Whether {title} has heard these songs before cannot be told, for its card does not name those it learned from{more}. If it has, this accuracy flatters.</source>
        <translation>Ob {title} diese Songs schon gehört hat, lässt sich nicht sagen, denn seine Karte nennt die nicht, aus denen es gelernt hat{more}. Wenn ja, ist diese Genauigkeit geschönt.</translation>
    </message>
    <message>
        <source>Without --apply nothing is changed: the plan shows what would happen to each file. `genredesk undo`
takes the newest applied plan back.</source>
        <translation>Ohne --apply wird nichts geändert: Der Plan zeigt, was mit jeder Datei geschähe. `genredesk undo`
nimmt den neuesten ausgeführten Plan zurück.</translation>
    </message>
    <message>
        <source>Works.</source>
        <translation>Funktioniert.</translation>
    </message>
    <message>
        <source>Works: {ms:.1f} ms a window on one thread.</source>
        <translation>Funktioniert: {ms:.1f} ms je Fenster auf einem Thread.</translation>
    </message>
    <message>
        <source>Works: {ms:.1f} ms a window.</source>
        <translation>Funktioniert: {ms:.1f} ms je Fenster.</translation>
    </message>
    <message>
        <source>World</source>
        <translation>Weltmusik</translation>
    </message>
    <message>
        <source>Write Navidrome smart playlists</source>
        <translation>Intelligente Navidrome-Listen schreiben</translation>
    </message>
    <message>
        <source>Write XSPF playlists</source>
        <translation>XSPF-Wiedergabelisten schreiben</translation>
    </message>
    <message>
        <source>Write a rekordbox XML</source>
        <translation>Ein rekordbox-XML schreiben</translation>
    </message>
    <message>
        <source>Write genre tags</source>
        <translation>Genre-Tags schreiben</translation>
    </message>
    <message>
        <source>Write genre tags, move or copy into folders, make playlists: a plan unless --apply.</source>
        <translation>Genre-Tags schreiben, in Ordner verschieben oder kopieren, Listen anlegen: ohne --apply nur ein Plan.</translation>
    </message>
    <message>
        <source>Write genres into the files&apos; tags first, or take the words of a table.</source>
        <translation>Schreibe zuerst Genres in die Tags der Dateien oder nimm die Wörter einer Tabelle.</translation>
    </message>
    <message>
        <source>Write playlists</source>
        <translation>Wiedergabelisten schreiben</translation>
    </message>
    <message>
        <source>Write the genre of {files}</source>
        <translation>Genre von {files} schreiben</translation>
    </message>
    <message>
        <source>Write {playlists}</source>
        <translation>{playlists} schreiben</translation>
    </message>
    <message>
        <source>Writes the genre to {path}</source>
        <translation>Schreibt das Genre in {path}</translation>
    </message>
    <message>
        <source>`genredesk models {what}` takes {wanted} operands, see --help.</source>
        <translation>`genredesk models {what}` nimmt {wanted} Angaben, siehe --help.</translation>
    </message>
    <message>
        <source>`genredesk runs {what}` takes {wanted} operands, see --help.</source>
        <translation>`genredesk runs {what}` nimmt {wanted} Angaben, siehe --help.</translation>
    </message>
    <message>
        <source>`genredesk undo` tries these again; `genredesk undo {plan_id}` goes on with “{title}”.</source>
        <translation>`genredesk undo` versucht diese noch einmal; `genredesk undo {plan_id}` macht mit „{title}“ weiter.</translation>
    </message>
    <message>
        <source>`genredesk watch` runs the rules that are on after each scan. Only rows that need no look first are
done: a sure answer, no conflict. `genredesk undo` takes back what a rule did.</source>
        <translation>`genredesk watch` führt eingeschaltete Regeln nach jedem Durchgang aus. Erledigt wird nur, was man
nicht erst ansehen muss: eine sichere Antwort, kein Konflikt. `genredesk undo` nimmt zurück, was eine
Regel tat.</translation>
    </message>
    <message>
        <source>`library list --filter &apos;heard:jazz sure:&lt;0.6 tag:!=heard&apos; --sort sure` lists files; conditions are
joined with OR, NOT and parentheses. `library list --help` names the fields.</source>
        <translation>`library list --filter &apos;heard:jazz sure:&lt;0.6 tag:!=heard&apos; --sort sure` listet Dateien auf; Bedingungen
werden mit OR, NOT und Klammern verknüpft. `library list --help` nennt die Felder.</translation>
    </message>
    <message>
        <source>`sh packaging/system-deps` installs it or says what to install</source>
        <translation>`sh packaging/system-deps` installiert es oder sagt, was zu installieren ist</translation>
    </message>
    <message>
        <source>a bundle of half the size</source>
        <translation>ein Bundle von halber Größe</translation>
    </message>
    <message>
        <source>a file of the library</source>
        <translation>eine Datei der Bibliothek</translation>
    </message>
    <message>
        <source>a genre is empty, too long or holds odd characters</source>
        <translation>ein Genre ist leer, zu lang oder enthält seltsame Zeichen</translation>
    </message>
    <message>
        <source>a mel array file instead of a folder</source>
        <translation>eine Datei mit Mel-Arrays statt eines Ordners</translation>
    </message>
    <message>
        <source>a network on its embedding, with its JSON beside it (may be repeated)</source>
        <translation>ein Netz auf seinem Embedding, mit seinem JSON daneben (mehrfach möglich)</translation>
    </message>
    <message>
        <source>a new network, all of a bundle&apos;s trained on, or only a new last layer for it (default: scratch)</source>
        <translation>ein neues Netz, alles an dem eines Bundles weiter trainiert, oder nur eine neue letzte Schicht dafür (Vorgabe: scratch)</translation>
    </message>
    <message>
        <source>a saved filter instead</source>
        <translation>stattdessen ein gespeicherter Filter</translation>
    </message>
    <message>
        <source>a split of segments would have claimed {claimed:.1%} of windows{why}</source>
        <translation>eine Aufteilung nach Abschnitten hätte {claimed:.1%} der Fenster ergeben{why}</translation>
    </message>
    <message>
        <source>a tone of {hertz:g} Hz came out as {hertz2:.0f} Hz, {seconds:.1f} s long</source>
        <translation>ein Ton von {hertz:g} Hz kam als {hertz2:.0f} Hz heraus, {seconds:.1f} s lang</translation>
    </message>
    <message>
        <source>about 0.8 GB on the disk, some 5 GB where PyTorch comes with its parts for NVIDIA cards</source>
        <translation>etwa 0,8 GB auf der Platte, rund 5 GB, wo PyTorch seine Teile für NVIDIA-Karten mitbringt</translation>
    </message>
    <message>
        <source>also read tracks from before there were fingerprints, so that duplicates are found</source>
        <translation>auch Titel aus der Zeit vor den Fingerabdrücken lesen, damit Duplikate gefunden werden</translation>
    </message>
    <message>
        <source>also say what the answer rests on, in the window that speaks for it most</source>
        <translation>auch sagen, worauf die Antwort beruht, in dem Fenster, das am meisten für sie spricht</translation>
    </message>
    <message>
        <source>also search the network&apos;s own fields (depth, width, kernel …)</source>
        <translation>auch in den Feldern des Netzes suchen (Tiefe, Breite, Kernel …)</translation>
    </message>
    <message>
        <source>also what a split of segments would have claimed</source>
        <translation>auch, was eine Aufteilung nach Abschnitten ergeben hätte</translation>
    </message>
    <message>
        <source>also write JSON, CSV and an HTML page there</source>
        <translation>auch JSON, CSV und eine HTML-Seite dorthin schreiben</translation>
    </message>
    <message>
        <source>also write a report with versions, findings and the end of the log</source>
        <translation>auch einen Bericht mit Versionen, Befunden und dem Ende des Protokolls schreiben</translation>
    </message>
    <message>
        <source>also write each seed&apos;s answers there (.npz)</source>
        <translation>auch die Antworten jedes Startwerts dorthin schreiben (.npz)</translation>
    </message>
    <message>
        <source>also write the JSON there</source>
        <translation>das JSON auch dorthin schreiben</translation>
    </message>
    <message>
        <source>another GenreDesk is writing to it and does not finish. Close it and try again</source>
        <translation>ein anderes GenreDesk schreibt hinein und wird nicht fertig. Schließe es und versuche es noch einmal</translation>
    </message>
    <message>
        <source>another library than your own</source>
        <translation>eine andere Bibliothek als deine</translation>
    </message>
    <message>
        <source>another library than your own; its genre names count for a folder, too</source>
        <translation>eine andere Bibliothek als deine; ihre Genrenamen gelten auch für einen Ordner</translation>
    </message>
    <message>
        <source>another piece</source>
        <translation>ein anderes Stück</translation>
    </message>
    <message>
        <source>another program is using it</source>
        <translation>ein anderes Programm benutzt sie</translation>
    </message>
    <message>
        <source>another value of any field of the recipe (augment.eq_db=3) or of the network (net.dropout=0.3); version=&apos;as printed&apos; follows a paper&apos;s text where its authors&apos; code differs (may be repeated)</source>
        <translation>ein anderer Wert irgendeines Felds des Rezepts (augment.eq_db=3) oder des Netzes (net.dropout=0.3); version=&apos;as printed&apos; folgt dem Text eines Papers, wo der Code der Autoren abweicht (mehrfach möglich)</translation>
    </message>
    <message>
        <source>asking which packages are needed</source>
        <translation>es wird gefragt, welche Pakete nötig sind</translation>
    </message>
    <message>
        <source>at least one</source>
        <translation>mindestens ein</translation>
    </message>
    <message>
        <source>auto, cpu, cuda or mps</source>
        <translation>auto, cpu, cuda oder mps</translation>
    </message>
    <message>
        <source>auto, cpu, or another that `genredesk devices` lists (default: auto)</source>
        <translation>auto, cpu oder ein anderes, das `genredesk devices` aufführt (Vorgabe: auto)</translation>
    </message>
    <message>
        <source>average precision</source>
        <translation>mittlere Präzision</translation>
    </message>
    <message>
        <source>by the {n_words} words all of them know:</source>
        <translation>nach den {n_words} Wörtern, die alle kennen:</translation>
    </message>
    <message>
        <source>calibration error: windows {ece:.3f}, songs {ece_songs:.3f}</source>
        <translation>Kalibrierungsfehler: Fenster {ece:.3f}, Songs {ece_songs:.3f}</translation>
    </message>
    <message>
        <source>called by a word of theirs first</source>
        <translation>zuerst mit einem ihrer Wörter benannt</translation>
    </message>
    <message>
        <source>check the catalog&apos;s file for damage</source>
        <translation>die Datei des Katalogs auf Schäden prüfen</translation>
    </message>
    <message>
        <source>checking what was installed</source>
        <translation>das Installierte wird geprüft</translation>
    </message>
    <message>
        <source>coefficients {low:.0f} – {high:.0f} at {where}</source>
        <translation>Koeffizienten {low:.0f} – {high:.0f} bei {where}</translation>
    </message>
    <message>
        <source>commands:
{listed}

of the window:
{options}

`genredesk COMMAND --help` says more about one of them.
</source>
        <translation>Befehle:
{listed}

für das Fenster:
{options}

`genredesk BEFEHL --help` sagt mehr über einen davon.
</translation>
    </message>
    <message>
        <source>count files by what they share</source>
        <translation>Dateien zählen, nach dem, was sie gemeinsam haben</translation>
    </message>
    <message>
        <source>default: live</source>
        <translation>Vorgabe: live</translation>
    </message>
    <message>
        <source>default: the network&apos;s own (for a folder)</source>
        <translation>Vorgabe: das des Netzes (bei einem Ordner)</translation>
    </message>
    <message>
        <source>default: the network&apos;s paper&apos;s</source>
        <translation>Vorgabe: das des Papers zum Netz</translation>
    </message>
    <message>
        <source>default: the paper&apos;s</source>
        <translation>Vorgabe: die des Papers</translation>
    </message>
    <message>
        <source>default: the recipe&apos;s</source>
        <translation>Vorgabe: die des Rezepts</translation>
    </message>
    <message>
        <source>default: {hertz:.0f}; 0: none</source>
        <translation>Vorgabe: {hertz:.0f}; 0: keiner</translation>
    </message>
    <message>
        <source>devices of a machine, one process each (torchrun --nproc-per-node N -m genredesk …)</source>
        <translation>Geräte eines Rechners, je ein Prozess (torchrun --nproc-per-node N -m genredesk …)</translation>
    </message>
    <message>
        <source>do it</source>
        <translation>ausführen</translation>
    </message>
    <message>
        <source>do it; without this, it is only shown</source>
        <translation>ausführen; ohne wird es nur gezeigt</translation>
    </message>
    <message>
        <source>do not build and time them</source>
        <translation>nicht bauen und nicht ihre Laufzeit messen</translation>
    </message>
    <message>
        <source>ended early</source>
        <translation>vorzeitig beendet</translation>
    </message>
    <message>
        <source>epoch {epoch} of {epochs}</source>
        <translation>Epoche {epoch} von {epochs}</translation>
    </message>
    <message>
        <source>epoch {epoch}/{epochs}  loss {loss:.3f}</source>
        <translation>Epoche {epoch}/{epochs}  Verlust {loss:.3f}</translation>
    </message>
    <message>
        <source>epoch {number} of {epochs}</source>
        <translation>Epoche {number} von {epochs}</translation>
    </message>
    <message>
        <source>every event as one JSON object a line</source>
        <translation>jedes Ereignis als ein JSON-Objekt je Zeile</translation>
    </message>
    <message>
        <source>exactly one</source>
        <translation>genau ein</translation>
    </message>
    <message>
        <source>exported by rekordbox</source>
        <translation>von rekordbox exportiert</translation>
    </message>
    <message>
        <source>files and folders</source>
        <translation>Dateien und Ordner</translation>
    </message>
    <message>
        <source>find files that are one recording, the best copy first</source>
        <translation>Dateien finden, die eine Aufnahme sind, die beste Kopie zuerst</translation>
    </message>
    <message>
        <source>first seed, </source>
        <translation>erster Startwert, </translation>
    </message>
    <message>
        <source>folders of music</source>
        <translation>Ordner mit Musik</translation>
    </message>
    <message>
        <source>forget a filter</source>
        <translation>einen Filter vergessen</translation>
    </message>
    <message>
        <source>forget a folder and its files</source>
        <translation>einen Ordner und seine Dateien vergessen</translation>
    </message>
    <message>
        <source>from which score on an answer is sure (default: balanced)</source>
        <translation>ab welchem Wert eine Antwort sicher ist (Vorgabe: balanced)</translation>
    </message>
    <message>
        <source>front end</source>
        <translation>Frontend</translation>
    </message>
    <message>
        <source>genredesk: &apos;{first}&apos; is neither a command nor a file.{hint} `genredesk --help` lists the commands.</source>
        <translation>genredesk: „{first}“ ist weder ein Befehl noch eine Datei.{hint} `genredesk --help` führt die Befehle auf.</translation>
    </message>
    <message>
        <source>get: its wheel</source>
        <translation>get: das Wheel dazu</translation>
    </message>
    <message>
        <source>go on where it was stopped</source>
        <translation>dort weitermachen, wo es angehalten wurde</translation>
    </message>
    <message>
        <source>go on with an experiment that must be there</source>
        <translation>mit einem vorhandenen Experiment weitermachen</translation>
    </message>
    <message>
        <source>has {many} genre</source>
        <translation>hat {many} Genre</translation>
    </message>
    <message>
        <source>how many (default: 20)</source>
        <translation>wie viele (Vorgabe: 20)</translation>
    </message>
    <message>
        <source>how many of them may hold</source>
        <translation>wie viele davon zutreffen können</translation>
    </message>
    <message>
        <source>how many times (default: 1)</source>
        <translation>wie oft (Vorgabe: 1)</translation>
    </message>
    <message>
        <source>how sound becomes its input</source>
        <translation>wie aus Klang die Eingabe wird</translation>
    </message>
    <message>
        <source>how sound becomes its input is not said</source>
        <translation>wie aus Klang die Eingabe wird, ist nicht gesagt</translation>
    </message>
    <message>
        <source>import: its name in the program</source>
        <translation>import: der Name im Programm</translation>
    </message>
    <message>
        <source>in torch</source>
        <translation>in torch</translation>
    </message>
    <message>
        <source>include rows marked to check</source>
        <translation>auch Zeilen nehmen, die zu prüfen sind</translation>
    </message>
    <message>
        <source>install it with the package manager of your system</source>
        <translation>installiere es mit der Paketverwaltung deines Systems</translation>
    </message>
    <message>
        <source>is in {many} playlist</source>
        <translation>ist auf der Liste: {many} Mal</translation>
    </message>
    <message>
        <source>it answered something that is not a number</source>
        <translation>es antwortete etwas, das keine Zahl ist</translation>
    </message>
    <message>
        <source>it answers the golden signal with something that is no score</source>
        <translation>es antwortet auf das Referenzsignal mit etwas, das kein Wert ist</translation>
    </message>
    <message>
        <source>it cannot be imported ({last})</source>
        <translation>lässt sich nicht importieren ({last})</translation>
    </message>
    <message>
        <source>it cannot be opened ({reason})</source>
        <translation>lässt sich nicht öffnen ({reason})</translation>
    </message>
    <message>
        <source>it cannot be opened or written ({text}). Check its folder&apos;s permissions</source>
        <translation>er lässt sich nicht öffnen oder schreiben ({text}). Prüfe die Berechtigungen seines Ordners</translation>
    </message>
    <message>
        <source>it cannot be read ({reason})</source>
        <translation>nicht lesbar ({reason})</translation>
    </message>
    <message>
        <source>it cannot be read ({strerror})</source>
        <translation>nicht lesbar ({strerror})</translation>
    </message>
    <message>
        <source>it claims a sample rate of {rate:,} Hz, which no music has</source>
        <translation>behauptet eine Abtastrate von {rate:,} Hz, die keine Musik hat</translation>
    </message>
    <message>
        <source>it claims to have {channels:,} channels</source>
        <translation>behauptet, {channels:,} Kanäle zu haben</translation>
    </message>
    <message>
        <source>it does not look like settings</source>
        <translation>sieht nicht nach Einstellungen aus</translation>
    </message>
    <message>
        <source>it gives an embedding, but names nothing</source>
        <translation>gibt ein Embedding, benennt aber nichts</translation>
    </message>
    <message>
        <source>it has no JSON that names its labels</source>
        <translation>hat kein JSON, das seine Wörter nennt</translation>
    </message>
    <message>
        <source>it has no card.json</source>
        <translation>hat keine card.json</translation>
    </message>
    <message>
        <source>it has no sound track</source>
        <translation>hat keine Tonspur</translation>
    </message>
    <message>
        <source>it has no {card}, so it is no model</source>
        <translation>hat keine {card}, ist also kein Modell</translation>
    </message>
    <message>
        <source>it has no {reason}. Install GenreDesk there</source>
        <translation>ihm fehlt {reason}. Installiere GenreDesk dort</translation>
    </message>
    <message>
        <source>it has too many attributes</source>
        <translation>sie hat zu viele Attribute</translation>
    </message>
    <message>
        <source>it has two ID3 tags</source>
        <translation>sie hat zwei ID3-Tags</translation>
    </message>
    <message>
        <source>it has two blocks of comments</source>
        <translation>sie hat zwei Kommentarblöcke</translation>
    </message>
    <message>
        <source>it holds more than a bundle may</source>
        <translation>enthält mehr, als ein Bundle darf</translation>
    </message>
    <message>
        <source>it holds no sound</source>
        <translation>enthält keinen Ton</translation>
    </message>
    <message>
        <source>it holds no sound that can be decoded</source>
        <translation>enthält keinen Ton, der sich decodieren lässt</translation>
    </message>
    <message>
        <source>it holds no sound whose tags are known</source>
        <translation>sie enthält keinen Ton, dessen Tags bekannt sind</translation>
    </message>
    <message>
        <source>it holds {n_entries} files, more than {max_files}</source>
        <translation>enthält {n_entries} Dateien, mehr als {max_files}</translation>
    </message>
    <message>
        <source>it holds “{extra}”, which its card does not list</source>
        <translation>enthält „{extra}“, was die Karte nicht aufführt</translation>
    </message>
    <message>
        <source>it holds “{shown}” twice</source>
        <translation>enthält „{shown}“ zweimal</translation>
    </message>
    <message>
        <source>it holds “{shown}”, which does not belong into a bundle</source>
        <translation>enthält „{shown}“, was nicht in ein Bundle gehört</translation>
    </message>
    <message>
        <source>it is a folder without a card.json, so it is no model</source>
        <translation>das ist ein Ordner ohne card.json, also kein Modell</translation>
    </message>
    <message>
        <source>it is a folder, not a file</source>
        <translation>das ist ein Ordner, keine Datei</translation>
    </message>
    <message>
        <source>it is a stream in fragments, whose tags cannot be moved safely</source>
        <translation>sie ist ein Stream aus Fragmenten, dessen Tags sich nicht sicher verschieben lassen</translation>
    </message>
    <message>
        <source>it is an address, and nothing is fetched from the network</source>
        <translation>das ist eine Adresse, und aus dem Netz wird nichts geholt</translation>
    </message>
    <message>
        <source>it is an address, not a path</source>
        <translation>das ist eine Adresse, kein Pfad</translation>
    </message>
    <message>
        <source>it is damaged or no catalog. Put it aside and restore a backup from the same folder</source>
        <translation>er ist beschädigt oder kein Katalog. Lege ihn beiseite und stelle eine Sicherung aus demselben Ordner wieder her</translation>
    </message>
    <message>
        <source>it is empty (0 bytes)</source>
        <translation>ist leer (0 Byte)</translation>
    </message>
    <message>
        <source>it is larger than {max_file_bytes} GB</source>
        <translation>ist größer als {max_file_bytes} GB</translation>
    </message>
    <message>
        <source>it is no ONNX graph, or only a part of one</source>
        <translation>das ist kein ONNX-Graph oder nur ein Teil davon</translation>
    </message>
    <message>
        <source>it is not a GenreDesk bundle, or only a part of one</source>
        <translation>das ist kein GenreDesk-Bundle oder nur ein Teil davon</translation>
    </message>
    <message>
        <source>it is not a regular file</source>
        <translation>das ist keine gewöhnliche Datei</translation>
    </message>
    <message>
        <source>it is not, or no longer, there</source>
        <translation>ist nicht (mehr) da</translation>
    </message>
    <message>
        <source>it is no longer there</source>
        <translation>sie ist nicht mehr da</translation>
    </message>
    <message>
        <source>it is too large for this drive</source>
        <translation>sie ist zu groß für dieses Laufwerk</translation>
    </message>
    <message>
        <source>it lasts {seconds:.1f} s and one window needs {window_s:.1f} s</source>
        <translation>dauert {seconds:.1f} s, ein Fenster braucht aber {window_s:.1f} s</translation>
    </message>
    <message>
        <source>it lies in no genre folder</source>
        <translation>liegt in keinem Genre-Ordner</translation>
    </message>
    <message>
        <source>it names places in the file that cannot be moved safely</source>
        <translation>sie nennt Stellen in der Datei, die sich nicht sicher verschieben lassen</translation>
    </message>
    <message>
        <source>it needs more memory than there is</source>
        <translation>braucht mehr Speicher, als da ist</translation>
    </message>
    <message>
        <source>it takes another model&apos;s embedding</source>
        <translation>braucht das Embedding eines anderen Modells</translation>
    </message>
    <message>
        <source>it takes {shape}, but the model&apos;s embedding has {width} numbers</source>
        <translation>er nimmt {shape}, das Embedding des Modells hat aber {width} Zahlen</translation>
    </message>
    <message>
        <source>it was closed</source>
        <translation>es wurde geschlossen</translation>
    </message>
    <message>
        <source>it was made by a newer GenreDesk (bundle format {version})</source>
        <translation>wurde von einem neueren GenreDesk gemacht (Bundle-Format {version})</translation>
    </message>
    <message>
        <source>it was written by a newer GenreDesk (settings version {version})</source>
        <translation>von einem neueren GenreDesk geschrieben (Version {version} der Einstellungen)</translation>
    </message>
    <message>
        <source>it would become larger than its format allows</source>
        <translation>sie würde größer, als ihr Format erlaubt</translation>
    </message>
    <message>
        <source>it would become larger than its offsets can say</source>
        <translation>sie würde größer, als ihre Offsets sagen können</translation>
    </message>
    <message>
        <source>it would unpack to more than {max_total_bytes} MB</source>
        <translation>würde ausgepackt mehr als {max_total_bytes} MB</translation>
    </message>
    <message>
        <source>its APE tag is at its beginning</source>
        <translation>der APE-Tag steht am Anfang</translation>
    </message>
    <message>
        <source>its APE tag is damaged</source>
        <translation>der APE-Tag ist beschädigt</translation>
    </message>
    <message>
        <source>its APE tag is of version 1, which knows neither Unicode nor several genres</source>
        <translation>der APE-Tag ist von Version 1, die weder Unicode noch mehrere Genres kennt</translation>
    </message>
    <message>
        <source>its ASF header is damaged</source>
        <translation>der ASF-Kopf ist beschädigt</translation>
    </message>
    <message>
        <source>its FLAC header is damaged</source>
        <translation>der FLAC-Kopf ist beschädigt</translation>
    </message>
    <message>
        <source>its ID3 tag has an extended header or a footer</source>
        <translation>der ID3-Tag hat einen erweiterten Kopf oder eine Fußzeile</translation>
    </message>
    <message>
        <source>its ID3 tag is compressed as a whole, which nothing can read</source>
        <translation>der ID3-Tag ist als Ganzes komprimiert, das kann nichts lesen</translation>
    </message>
    <message>
        <source>its ID3 tag is damaged</source>
        <translation>der ID3-Tag ist beschädigt</translation>
    </message>
    <message>
        <source>its ID3 tag is written in an odd way</source>
        <translation>der ID3-Tag ist auf seltsame Art geschrieben</translation>
    </message>
    <message>
        <source>its ID3 tag would become too large</source>
        <translation>der ID3-Tag würde zu groß</translation>
    </message>
    <message>
        <source>its JSON names {n_labels} labels, but its graph answers {width}</source>
        <translation>das JSON nennt {n_labels} Wörter, der Graph antwortet aber {width}</translation>
    </message>
    <message>
        <source>its MP4 atoms are damaged</source>
        <translation>die MP4-Atome sind beschädigt</translation>
    </message>
    <message>
        <source>its Ogg pages are damaged</source>
        <translation>die Ogg-Seiten sind beschädigt</translation>
    </message>
    <message>
        <source>its card cannot be read ({strerror})</source>
        <translation>die Karte ist nicht lesbar ({strerror})</translation>
    </message>
    <message>
        <source>its card does not list {model}</source>
        <translation>die Karte führt {model} nicht auf</translation>
    </message>
    <message>
        <source>its card has no golden output</source>
        <translation>die Karte hat keine Referenzantwort</translation>
    </message>
    <message>
        <source>its card is not JSON</source>
        <translation>die Karte ist kein JSON</translation>
    </message>
    <message>
        <source>its card lists “{name}”, which does not belong into a bundle</source>
        <translation>die Karte führt „{name}“ auf, das nicht in ein Bundle gehört</translation>
    </message>
    <message>
        <source>its comments are damaged</source>
        <translation>die Kommentare sind beschädigt</translation>
    </message>
    <message>
        <source>its comments would become too large</source>
        <translation>die Kommentare würden zu groß</translation>
    </message>
    <message>
        <source>its contents are of no kind whose tags GenreDesk knows</source>
        <translation>der Inhalt ist von keiner Art, deren Tags GenreDesk kennt</translation>
    </message>
    <message>
        <source>its files lie in the folder “{name}” inside</source>
        <translation>die Dateien liegen darin im Ordner „{name}“</translation>
    </message>
    <message>
        <source>its folder must be called “{id}”, as in its card</source>
        <translation>der Ordner muss „{id}“ heißen, wie in der Karte</translation>
    </message>
    <message>
        <source>its genre tag is empty</source>
        <translation>der Genre-Tag ist leer</translation>
    </message>
    <message>
        <source>its golden signal “{signal}” is not known here</source>
        <translation>das Referenzsignal „{signal}“ ist hier nicht bekannt</translation>
    </message>
    <message>
        <source>its graph takes exactly {shape} windows at once</source>
        <translation>der Graph nimmt genau {shape} Fenster auf einmal</translation>
    </message>
    <message>
        <source>its graph takes {have}, but its front end gives {n_bands} bands in {frames} frames</source>
        <translation>der Graph nimmt {have}, das Frontend gibt aber {n_bands} Bänder in {frames} Frames</translation>
    </message>
    <message>
        <source>its graph takes {n_found} inputs ({names}), not one</source>
        <translation>der Graph nimmt {n_found} Eingaben ({names}), nicht eine</translation>
    </message>
    <message>
        <source>its graph takes {name} numbers, not float32</source>
        <translation>der Graph nimmt Zahlen vom Typ {name}, nicht float32</translation>
    </message>
    <message>
        <source>its graph takes {shape_of}, but the front end gives {n_bands} bands in {frames} frames</source>
        <translation>der Graph nimmt {shape_of}, das Frontend gibt aber {n_bands} Bänder in {frames} Frames</translation>
    </message>
    <message>
        <source>its graph takes {shape}, which is no picture, embedding or waveform</source>
        <translation>der Graph nimmt {shape}, das ist weder Bild noch Embedding noch Wellenform</translation>
    </message>
    <message>
        <source>its header names another size than it has</source>
        <translation>der Kopf nennt eine andere Größe, als sie hat</translation>
    </message>
    <message>
        <source>its kind of sound is unknown or copy-protected</source>
        <translation>die Art des Tons ist unbekannt oder kopiergeschützt</translation>
    </message>
    <message>
        <source>its labels, one a line</source>
        <translation>die Wörter, eines je Zeile</translation>
    </message>
    <message>
        <source>its links lead in a circle</source>
        <translation>die Links führen im Kreis</translation>
    </message>
    <message>
        <source>its name in the program</source>
        <translation>sein Name im Programm</translation>
    </message>
    <message>
        <source>its network does not answer here as where it was made (golden output differs)</source>
        <translation>das Netz antwortet hier nicht wie dort, wo es gemacht wurde (die Referenzantwort weicht ab)</translation>
    </message>
    <message>
        <source>its operators ({get}) are of another version than the model&apos;s ({get2}) and cannot be converted</source>
        <translation>die Operatoren ({get}) sind von einer anderen Version als die des Modells ({get2}) und lassen sich nicht umwandeln</translation>
    </message>
    <message>
        <source>its output {predictions} is {outputs}, not (batch, labels)</source>
        <translation>die Ausgabe {predictions} ist {outputs}, nicht (batch, labels)</translation>
    </message>
    <message>
        <source>its scores differ from the processor&apos;s by {reason:.1%}</source>
        <translation>seine Werte weichen von denen des Prozessors um {reason:.1%} ab</translation>
    </message>
    <message>
        <source>its table (default: tracks.csv beside it)</source>
        <translation>die Tabelle dazu (Vorgabe: tracks.csv daneben)</translation>
    </message>
    <message>
        <source>its table gives it none</source>
        <translation>die Tabelle gibt ihm keines</translation>
    </message>
    <message>
        <source>jazz</source>
        <translation>Jazz</translation>
    </message>
    <message>
        <source>save a filter</source>
        <translation>einen Filter speichern</translation>
    </message>
    <message>
        <source>save a rule under a name</source>
        <translation>eine Regel unter einem Namen speichern</translation>
    </message>
    <message>
        <source>keep it, but do not run it by itself</source>
        <translation>behalten, aber nicht von selbst ausführen</translation>
    </message>
    <message>
        <source>keep nothing on disk for asking another model later without decoding again</source>
        <translation>nichts aufbewahren, womit später ohne neues Decodieren ein anderes Modell gefragt werden könnte</translation>
    </message>
    <message>
        <source>learning rate (default: the recipe&apos;s)</source>
        <translation>Lernrate (Vorgabe: die des Rezepts)</translation>
    </message>
    <message>
        <source>leave the sound as it is made: no filters, no gate in its bands</source>
        <translation>den Klang lassen, wie er entsteht: keine Filter, kein Gate in den Bändern</translation>
    </message>
    <message>
        <source>lines instead of the full view</source>
        <translation>Zeilen statt der vollen Ansicht</translation>
    </message>
    <message>
        <source>list files</source>
        <translation>Dateien auflisten</translation>
    </message>
    <message>
        <source>list the files that sound most like one</source>
        <translation>die Dateien auflisten, die am ähnlichsten klingen</translation>
    </message>
    <message>
        <source>list the folders, or change them</source>
        <translation>die Ordner auflisten oder ändern</translation>
    </message>
    <message>
        <source>list the models that were asked</source>
        <translation>die befragten Modelle auflisten</translation>
    </message>
    <message>
        <source>list the saved filters, or change them</source>
        <translation>die gespeicherten Filter auflisten oder ändern</translation>
    </message>
    <message>
        <source>listen again to files that could not be read</source>
        <translation>Dateien noch einmal anhören, die nicht lesbar waren</translation>
    </message>
    <message>
        <source>listen on a Dask cluster: its scheduler (tcp://HOST:8786), or local:N for N processes here; needs genredesk[cluster], and the music and the model under the same paths on every worker</source>
        <translation>auf einem Dask-Cluster anhören: sein Scheduler (tcp://HOST:8786) oder local:N für N Prozesse hier; braucht genredesk[cluster] sowie Musik und Modell unter denselben Pfaden auf jedem Rechner</translation>
    </message>
    <message>
        <source>look for graphics cards, too (loads torch)</source>
        <translation>auch nach Grafikkarten suchen (lädt torch)</translation>
    </message>
    <message>
        <source>macOS lets a program hear what the computer plays only through a virtual device: install BlackHole, add it to a multi-output device in Audio MIDI Setup, then choose it here.</source>
        <translation>macOS lässt ein Programm nur über ein virtuelles Gerät hören, was der Rechner abspielt: Installiere BlackHole, füge es im Audio-MIDI-Setup einem Gerät mit mehreren Ausgängen hinzu und wähle es dann hier.</translation>
    </message>
    <message>
        <source>machines (torchrun)</source>
        <translation>Rechner (torchrun)</translation>
    </message>
    <message>
        <source>make a folder part of the library</source>
        <translation>einen Ordner in die Bibliothek aufnehmen</translation>
    </message>
    <message>
        <source>make this check alone (may be repeated)</source>
        <translation>nur diese Prüfung machen (mehrfach möglich)</translation>
    </message>
    <message>
        <source>making sound that is no music</source>
        <translation>Klang, der keine Musik ist, wird erzeugt</translation>
    </message>
    <message>
        <source>malformed: {said}</source>
        <translation>fehlerhaft: {said}</translation>
    </message>
    <message>
        <source>microphone</source>
        <translation>Mikrofon</translation>
    </message>
    <message>
        <source>missing: {missing}</source>
        <translation>fehlend: {missing}</translation>
    </message>
    <message>
        <source>model.onnx cannot be used: {reason}</source>
        <translation>model.onnx ist nicht verwendbar: {reason}</translation>
    </message>
    <message>
        <source>model.onnx is written in a version of ONNX that is not read here (operators {opset}, format {ir_version})</source>
        <translation>model.onnx ist in einer ONNX-Version geschrieben, die hier nicht gelesen wird (Operatoren {opset}, Format {ir_version})</translation>
    </message>
    <message>
        <source>mono</source>
        <translation>Mono</translation>
    </message>
    <message>
        <source>music files or folders to open</source>
        <translation>zu öffnende Musikdateien oder Ordner</translation>
    </message>
    <message>
        <source>music files to play</source>
        <translation>abzuspielende Musikdateien</translation>
    </message>
    <message>
        <source>neither its graph nor its JSON says whether one or several labels may hold</source>
        <translation>weder Graph noch JSON sagen, ob ein oder mehrere Wörter zutreffen können</translation>
    </message>
    <message>
        <source>no ending</source>
        <translation>keine Endung</translation>
    </message>
    <message>
        <source>no genre</source>
        <translation>kein Genre</translation>
    </message>
    <message>
        <source>no model</source>
        <translation>kein Modell</translation>
    </message>
    <message>
        <source>no test piece of this format can be written here</source>
        <translation>ein Teststück dieses Formats lässt sich hier nicht schreiben</translation>
    </message>
    <message>
        <source>no words in the column {words_column}</source>
        <translation>keine Wörter in der Spalte {words_column}</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keines</translation>
    </message>
    <message>
        <source>none of its outputs has {n_labels} numbers</source>
        <translation>keine der Ausgaben hat {n_labels} Zahlen</translation>
    </message>
    <message>
        <source>none that can be set</source>
        <translation>keine, die sich setzen ließen</translation>
    </message>
    <message>
        <source>none, weights (loss by genre) or sampling (genres drawn equally)</source>
        <translation>none, weights (Verlust nach Genre) oder sampling (Genres gleich oft gezogen)</translation>
    </message>
    <message>
        <source>none: clear it</source>
        <translation>none: entfernen</translation>
    </message>
    <message>
        <source>not installed</source>
        <translation>nicht installiert</translation>
    </message>
    <message>
        <source>no longer there</source>
        <translation>nicht mehr da</translation>
    </message>
    <message>
        <source>nothing in it</source>
        <translation>nichts darin</translation>
    </message>
    <message>
        <source>nothing to hear{held}</source>
        <translation>nichts zu hören{held}</translation>
    </message>
    <message>
        <source>number of the plan (default: the newest)</source>
        <translation>Nummer des Plans (Vorgabe: der neueste)</translation>
    </message>
    <message>
        <source>of a rekordbox XML in place of FOLDER: its playlists are the labels, not its genres</source>
        <translation>aus einem rekordbox-XML anstelle von FOLDER: Seine Wiedergabelisten geben die Wörter vor, nicht seine Genres</translation>
    </message>
    <message>
        <source>on all songs: {begin}</source>
        <translation>an allen Songs: {begin}</translation>
    </message>
    <message>
        <source>on the tracks of your library whose genre you set yourself</source>
        <translation>an den Titeln deiner Bibliothek, deren Genre du selbst festgelegt hast</translation>
    </message>
    <message>
        <source>on this device a step in bfloat16 takes {long} of one in 32 bits</source>
        <translation>auf diesem Gerät dauert ein Schritt in bfloat16 {long} wie einer in 32 Bit</translation>
    </message>
    <message>
        <source>on {n} songs</source>
        <translation>an {n} Songs</translation>
    </message>
    <message>
        <source>on {n} songs, {n2} windows</source>
        <translation>an {n} Songs, {n2} Fenstern</translation>
    </message>
    <message>
        <source>one JSON object a line and answer</source>
        <translation>ein JSON-Objekt je Zeile und Antwort</translation>
    </message>
    <message>
        <source>one JSON object a line and file</source>
        <translation>ein JSON-Objekt je Zeile und Datei</translation>
    </message>
    <message>
        <source>one folder per genre</source>
        <translation>ein Ordner je Genre</translation>
    </message>
    <message>
        <source>one of its chunks ends beyond the file</source>
        <translation>einer ihrer Abschnitte endet hinter dem Ende der Datei</translation>
    </message>
    <message>
        <source>one of its genres</source>
        <translation>eines seiner Genres</translation>
    </message>
    <message>
        <source>one of its parts ends beyond the file</source>
        <translation>einer ihrer Teile endet hinter dem Ende der Datei</translation>
    </message>
    <message>
        <source>one of which holds</source>
        <translation>von denen eines zutrifft</translation>
    </message>
    <message>
        <source>one round, then end</source>
        <translation>ein Durchgang, dann Schluss</translation>
    </message>
    <message>
        <source>only show what was done</source>
        <translation>nur zeigen, was getan wurde</translation>
    </message>
    <message>
        <source>only the rows of this network (may be repeated)</source>
        <translation>nur die Zeilen dieses Netzes (mehrfach möglich)</translation>
    </message>
    <message>
        <source>only the songs of this part of the table (valid, test …)</source>
        <translation>nur die Songs dieses Teils der Tabelle (valid, test …)</translation>
    </message>
    <message>
        <source>open another window beside the one that is open</source>
        <translation>ein weiteres Fenster neben dem offenen öffnen</translation>
    </message>
    <message>
        <source>open the window with default settings, which are not kept, and without sound</source>
        <translation>das Fenster mit Vorgaben öffnen, die nicht behalten werden, und ohne Ton</translation>
    </message>
    <message>
        <source>other tags would change</source>
        <translation>andere Tags würden sich ändern</translation>
    </message>
    <message>
        <source>paper {paper}</source>
        <translation>Paper {paper}</translation>
    </message>
    <message>
        <source>parts (default: 5)</source>
        <translation>Teile (Vorgabe: 5)</translation>
    </message>
    <message>
        <source>path below DIR, of: {fields}</source>
        <translation>Pfad unter DIR, aus: {fields}</translation>
    </message>
    <message>
        <source>perhaps {label}, {score:.0%}</source>
        <translation>vielleicht {label}, {score:.0%}</translation>
    </message>
    <message>
        <source>playlist: one of everything; export: the file&apos;s name</source>
        <translation>playlist: eine mit allem; export: der Name der Datei</translation>
    </message>
    <message>
        <source>print one JSON object</source>
        <translation>ein JSON-Objekt ausgeben</translation>
    </message>
    <message>
        <source>process {pid} on {host}</source>
        <translation>Prozess {pid} auf {host}</translation>
    </message>
    <message>
        <source>processes that listen, at low priority (default: {cores})</source>
        <translation>Prozesse, die anhören, mit niedriger Priorität (Vorgabe: {cores})</translation>
    </message>
    <message>
        <source>processes that listen, at low priority (default: {cpu_count})</source>
        <translation>Prozesse, die anhören, mit niedriger Priorität (Vorgabe: {cpu_count})</translation>
    </message>
    <message>
        <source>processor threads</source>
        <translation>Prozessor-Threads</translation>
    </message>
    <message>
        <source>put it beside the network in a bundle of your own, to answer where it is quicker</source>
        <translation>neben das Netz in ein eigenes Bundle legen, damit antwortet, was schneller ist</translation>
    </message>
    <message>
        <source>quick mode: a model that hears together with the others named (may be repeated; default: the one it starts from and {second_id}; name one to have it alone)</source>
        <translation>Modus quick: ein Modell, das mit den anderen genannten zusammen hört (mehrfach möglich; Vorgabe: das, von dem ausgegangen wird, und {second_id}; nenne eines, um es allein zu haben)</translation>
    </message>
    <message>
        <source>read all tags again; changes that keep size and time are noticed without, except on Windows and some network drives</source>
        <translation>alle Tags neu lesen; Änderungen, bei denen Größe und Zeit bleiben, werden auch ohne bemerkt, außer unter Windows und auf manchen Netzlaufwerken</translation>
    </message>
    <message>
        <source>reading songs</source>
        <translation>Songs werden gelesen</translation>
    </message>
    <message>
        <source>right when sure</source>
        <translation>richtig, wenn sicher</translation>
    </message>
    <message>
        <source>say that a folder has another name or place now</source>
        <translation>sagen, dass ein Ordner jetzt anders heißt oder woanders liegt</translation>
    </message>
    <message>
        <source>set the genre of files</source>
        <translation>das Genre von Dateien festlegen</translation>
    </message>
    <message>
        <source>scan and listen only</source>
        <translation>nur durchsuchen und anhören</translation>
    </message>
    <message>
        <source>scans a library with many machines, and keeps it as Parquet</source>
        <translation>durchsucht eine Bibliothek mit vielen Rechnern und bewahrt sie als Parquet auf</translation>
    </message>
    <message>
        <source>search for better values so long and keep the best network; --resume goes on with the trials</source>
        <translation>so lange nach besseren Werten suchen und das beste Netz behalten; --resume macht mit den Versuchen weiter</translation>
    </message>
    <message>
        <source>seconds between answers, 0.1 to 3 (default: 0.5)</source>
        <translation>Sekunden zwischen Antworten, 0.1 bis 3 (Vorgabe: 0.5)</translation>
    </message>
    <message>
        <source>seconds from one window that --json tells to the next (default: 1)</source>
        <translation>Sekunden von einem Fenster, das --json meldet, zum nächsten (Vorgabe: 1)</translation>
    </message>
    <message>
        <source>see `genredesk networks` (default: live)</source>
        <translation>siehe `genredesk networks` (Vorgabe: live)</translation>
    </message>
    <message>
        <source>seed {seed}, fold {number} of {k}: {n_train} songs to fit on</source>
        <translation>Startwert {seed}, Teil {number} von {k}: {n_train} Songs zum Anpassen</translation>
    </message>
    <message>
        <source>several of which may hold</source>
        <translation>von denen mehrere zutreffen können</translation>
    </message>
    <message>
        <source>signal {status}</source>
        <translation>Signal {status}</translation>
    </message>
    <message>
        <source>since the plan was made</source>
        <translation>seit der Plan gemacht wurde</translation>
    </message>
    <message>
        <source>since we changed it</source>
        <translation>seit wir sie geändert haben</translation>
    </message>
    <message>
        <source>song: the split without leaks, also for papers that split segments</source>
        <translation>song: die Aufteilung ohne Lecks, auch bei Papers, die Abschnitte aufteilen</translation>
    </message>
    <message>
        <source>songs have several words: those in the column labels of the folder&apos;s tracks.csv (table), with ; between them, or in the files&apos; own genre tags (tags); where the files lie says nothing then</source>
        <translation>Songs haben mehrere Wörter: die in der Spalte labels der tracks.csv des Ordners (table), durch ; getrennt, oder die in den Genre-Tags der Dateien (tags); wo die Dateien liegen, sagt dann nichts</translation>
    </message>
    <message>
        <source>songs right</source>
        <translation>Songs richtig</translation>
    </message>
    <message>
        <source>songs {songs:.3f}, windows {windows:.3f}</source>
        <translation>Songs {songs:.3f}, Fenster {windows:.3f}</translation>
    </message>
    <message>
        <source>sound output</source>
        <translation>Audioausgabe</translation>
    </message>
    <message>
        <source>standard input is not read</source>
        <translation>die Standardeingabe wird nicht gelesen</translation>
    </message>
    <message>
        <source>started from</source>
        <translation>ausgegangen von</translation>
    </message>
    <message>
        <source>status {status}</source>
        <translation>Status {status}</translation>
    </message>
    <message>
        <source>stereo</source>
        <translation>Stereo</translation>
    </message>
    <message>
        <source>stop after this many seconds of listening</source>
        <translation>nach so vielen Sekunden Zuhören aufhören</translation>
    </message>
    <message>
        <source>sure from this score on (0 to 1)</source>
        <translation>sicher ab diesem Wert (0 bis 1)</translation>
    </message>
    <message>
        <source>sure from {sure:.2f} on, probable from {probable:.2f}, between two from {between:.2f} of both together</source>
        <translation>sicher ab {sure:.2f}, wahrscheinlich ab {probable:.2f}, zwischen zweien ab {between:.2f} beider zusammen</translation>
    </message>
    <message>
        <source>tags: add to the genres in the file</source>
        <translation>tags: zu den Genres in der Datei hinzufügen</translation>
    </message>
    <message>
        <source>take in what other libraries exported as Parquet</source>
        <translation>aufnehmen, was andere Bibliotheken als Parquet exportiert haben</translation>
    </message>
    <message>
        <source>take the genres of a rekordbox XML as yours</source>
        <translation>die Genres aus einem rekordbox-XML als deine nehmen</translation>
    </message>
    <message>
        <source>taken names become &apos; (2)&apos;, &apos; (3)&apos; …</source>
        <translation>vergebene Namen werden &apos; (2)&apos;, &apos; (3)&apos; …</translation>
    </message>
    <message>
        <source>tell every answer to another program, too (may be repeated): osc:HOST:PORT, mqtt://USER:PASSWORD@HOST/TOPIC, ws:PORT (web page and WebSocket), text:FILE, mpris:</source>
        <translation>jede Antwort auch einem anderen Programm sagen (mehrfach möglich): osc:HOST:PORT, mqtt://USER:PASSWORD@HOST/TOPIC, ws:PORT (Webseite und WebSocket), text:DATEI, mpris:</translation>
    </message>
    <message>
        <source>tells lights, streams and home automation what is heard</source>
        <translation>teilt Licht, Streams und Hausautomation mit, was zu hören ist</translation>
    </message>
    <message>
        <source>the Parquet file to write</source>
        <translation>die Parquet-Datei</translation>
    </message>
    <message>
        <source>the accuracy “{name}” of the card has no proper interval</source>
        <translation>die Genauigkeit „{name}“ der Karte hat kein richtiges Intervall</translation>
    </message>
    <message>
        <source>the autoencoder, by its id or folder</source>
        <translation>der Autoencoder, nach Kennung oder Ordner</translation>
    </message>
    <message>
        <source>the bundle has no golden output to compare with</source>
        <translation>das Bundle hat keine Referenzantwort zum Vergleichen</translation>
    </message>
    <message>
        <source>the card has “eight_bits”, but does not list {eight_bits}</source>
        <translation>die Karte hat „eight_bits“, führt aber {eight_bits} nicht auf</translation>
    </message>
    <message>
        <source>the card is too large</source>
        <translation>die Karte ist zu groß</translation>
    </message>
    <message>
        <source>the card lists {eight_bits}, but has no “eight_bits”</source>
        <translation>die Karte führt {eight_bits} auf, hat aber kein „eight_bits“</translation>
    </message>
    <message>
        <source>the card names a genre that cannot be shown: {label!r}</source>
        <translation>die Karte nennt ein Genre, das sich nicht zeigen lässt: {label!r}</translation>
    </message>
    <message>
        <source>the card names a genre twice</source>
        <translation>die Karte nennt ein Genre zweimal</translation>
    </message>
    <message>
        <source>the card names {n_raw} genres, not 2 to {max_labels}</source>
        <translation>die Karte nennt {n_raw} Genres, nicht 2 bis {max_labels}</translation>
    </message>
    <message>
        <source>the card&apos;s SHA-256 of “{name}” is not one</source>
        <translation>die SHA-256 der Karte für „{name}“ ist keine</translation>
    </message>
    <message>
        <source>the card&apos;s format {version} is unknown</source>
        <translation>das Format {version} der Karte ist unbekannt</translation>
    </message>
    <message>
        <source>the card&apos;s id {bundle_id!r} cannot be a folder name</source>
        <translation>die Kennung {bundle_id!r} der Karte kann kein Ordnername sein</translation>
    </message>
    <message>
        <source>the card&apos;s task “{task}” is unknown</source>
        <translation>die Aufgabe „{task}“ der Karte ist unbekannt</translation>
    </message>
    <message>
        <source>the disk is full</source>
        <translation>das Laufwerk ist voll</translation>
    </message>
    <message>
        <source>the disk is full. Make room there and start again; what was done stays</source>
        <translation>das Laufwerk ist voll. Schaffe dort Platz und starte noch einmal; was getan wurde, bleibt</translation>
    </message>
    <message>
        <source>the drive is read-only</source>
        <translation>das Laufwerk ist schreibgeschützt</translation>
    </message>
    <message>
        <source>the drive reports an error</source>
        <translation>das Laufwerk meldet einen Fehler</translation>
    </message>
    <message>
        <source>the experiment&apos;s folder, with its report (default: in the program&apos;s data folder)</source>
        <translation>der Ordner des Experiments, mit seinem Bericht (Vorgabe: im Datenordner des Programms)</translation>
    </message>
    <message>
        <source>the file is damaged</source>
        <translation>die Datei ist beschädigt</translation>
    </message>
    <message>
        <source>the file to write</source>
        <translation>die zu schreibende Datei</translation>
    </message>
    <message>
        <source>the first N only</source>
        <translation>nur die ersten N</translation>
    </message>
    <message>
        <source>the folder must be called “{id}”</source>
        <translation>der Ordner muss „{id}“ heißen</translation>
    </message>
    <message>
        <source>the front end of the card is not the one this version computes (another fingerprint)</source>
        <translation>das Frontend der Karte ist nicht das, das diese Version rechnet (anderer Fingerabdruck)</translation>
    </message>
    <message>
        <source>the golden output of the card does not fit its genres</source>
        <translation>die Referenzantwort der Karte passt nicht zu ihren Genres</translation>
    </message>
    <message>
        <source>the graph names {last} genres, the card {n_labels}</source>
        <translation>der Graph nennt {last} Genres, die Karte {n_labels}</translation>
    </message>
    <message>
        <source>the graph takes {shape}, but the front end gives (any batch, *{shape2})</source>
        <translation>der Graph nimmt {shape}, das Frontend gibt aber (beliebig viele, *{shape2})</translation>
    </message>
    <message>
        <source>the graph&apos;s input is not one float tensor named “{input}”</source>
        <translation>die Eingabe des Graphen ist nicht ein float-Tensor namens „{input}“</translation>
    </message>
    <message>
        <source>the graph&apos;s outputs are {outputs}, not logits and embedding</source>
        <translation>die Ausgaben des Graphen sind {outputs}, nicht logits und embedding</translation>
    </message>
    <message>
        <source>the installed ONNX Runtime has no {name} provider</source>
        <translation>das installierte ONNX Runtime hat keinen Provider {name}</translation>
    </message>
    <message>
        <source>the model it is to stand on gives no embedding</source>
        <translation>das Modell, auf dem er stehen soll, gibt kein Embedding</translation>
    </message>
    <message>
        <source>the model, by its id or folder</source>
        <translation>das Modell, nach Kennung oder Ordner</translation>
    </message>
    <message>
        <source>the model, by its id or folder (see `genredesk models`)</source>
        <translation>das Modell, nach Kennung oder Ordner (siehe `genredesk models`)</translation>
    </message>
    <message>
        <source>the name is too long for this drive</source>
        <translation>der Name ist für dieses Laufwerk zu lang</translation>
    </message>
    <message>
        <source>the names of playlists instead of the genres</source>
        <translation>die Namen der Wiedergabelisten statt der Genres</translation>
    </message>
    <message>
        <source>the network answers something that is not a number</source>
        <translation>das Netz antwortet etwas, das keine Zahl ist</translation>
    </message>
    <message>
        <source>the network answers {shape}, not ({batch}, {n_labels})</source>
        <translation>das Netz antwortet {shape}, nicht ({batch}, {n_labels})</translation>
    </message>
    <message>
        <source>the network drive is gone</source>
        <translation>das Netzlaufwerk ist weg</translation>
    </message>
    <message>
        <source>the network&apos;s embedding is {shape}, not ({batch}, d)</source>
        <translation>das Embedding des Netzes ist {shape}, nicht ({batch}, d)</translation>
    </message>
    <message>
        <source>the new bundle</source>
        <translation>das neue Bundle</translation>
    </message>
    <message>
        <source>the new bundle&apos;s folder</source>
        <translation>der Ordner des neuen Bundles</translation>
    </message>
    <message>
        <source>the other way round</source>
        <translation>andersherum</translation>
    </message>
    <message>
        <source>the package index could not be reached; connect to the internet and try again</source>
        <translation>der Paketindex war nicht erreichbar; verbinde dich mit dem Internet und versuche es noch einmal</translation>
    </message>
    <message>
        <source>the paper&apos;s</source>
        <translation>das des Papers</translation>
    </message>
    <message>
        <source>the report is in {without_home}.</source>
        <translation>der Bericht liegt in {without_home}.</translation>
    </message>
    <message>
        <source>the rule&apos;s name</source>
        <translation>der Name der Regel</translation>
    </message>
    <message>
        <source>the same</source>
        <translation>dasselbe</translation>
    </message>
    <message>
        <source>the same as --mode quick: learns in seconds, from a few songs</source>
        <translation>dasselbe wie --mode quick: lernt in Sekunden, aus wenigen Songs</translation>
    </message>
    <message>
        <source>the same from GenreDesk&apos;s folder; downloaded when it is not there</source>
        <translation>dieselbe aus dem Ordner von GenreDesk; wird heruntergeladen, wenn sie fehlt</translation>
    </message>
    <message>
        <source>the same one gives the same network; another one another start (default: 0)</source>
        <translation>derselbe ergibt dasselbe Netz; ein anderer einen anderen Anfang (Vorgabe: 0)</translation>
    </message>
    <message>
        <source>the same sound as</source>
        <translation>derselbe Klang wie</translation>
    </message>
    <message>
        <source>the sound would change</source>
        <translation>der Ton würde sich ändern</translation>
    </message>
    <message>
        <source>the system does not allow it</source>
        <translation>das System erlaubt es nicht</translation>
    </message>
    <message>
        <source>their files</source>
        <translation>ihre Dateien</translation>
    </message>
    <message>
        <source>there is a bundle of this name already</source>
        <translation>ein Bundle dieses Namens gibt es schon</translation>
    </message>
    <message>
        <source>there is already something of that name</source>
        <translation>unter diesem Namen gibt es schon etwas</translation>
    </message>
    <message>
        <source>there is no device “{device}”</source>
        <translation>es gibt kein Gerät „{device}“</translation>
    </message>
    <message>
        <source>there is no music in this folder</source>
        <translation>in diesem Ordner ist keine Musik</translation>
    </message>
    <message>
        <source>there is no such file</source>
        <translation>eine solche Datei gibt es nicht</translation>
    </message>
    <message>
        <source>there is nothing to hear in it</source>
        <translation>darin ist nichts zu hören</translation>
    </message>
    <message>
        <source>these only</source>
        <translation>nur diese</translation>
    </message>
    <message>
        <source>they are damaged ({name})</source>
        <translation>sie sind beschädigt ({name})</translation>
    </message>
    <message>
        <source>they are damaged: what is written cannot be read again</source>
        <translation>sie sind beschädigt: Geschriebenes lässt sich nicht wieder lesen</translation>
    </message>
    <message>
        <source>this drive does not take such a name</source>
        <translation>dieses Laufwerk nimmt so einen Namen nicht an</translation>
    </message>
    <message>
        <source>this kind of tag cannot hold the genre {wanted}</source>
        <translation>diese Art Tag kann das Genre {wanted} nicht aufnehmen</translation>
    </message>
    <message>
        <source>this model is in 8 bits, which the processor alone computes</source>
        <translation>dieses Modell rechnet in 8 Bit, das kann nur der Prozessor</translation>
    </message>
    <message>
        <source>torch finds no graphics card it can use.</source>
        <translation>torch findet keine Grafikkarte, die es benutzen kann.</translation>
    </message>
    <message>
        <source>torch is not available here</source>
        <translation>torch ist hier nicht verfügbar</translation>
    </message>
    <message>
        <source>torchvision&apos;s ImageNet file for mobilenet-v2 or densenet121</source>
        <translation>ImageNet-Datei von torchvision für mobilenet-v2 oder densenet121</translation>
    </message>
    <message>
        <source>train once more on all songs at the end; the numbers are the first training&apos;s</source>
        <translation>am Ende noch einmal mit allen Songs trainieren; die Zahlen sind die des ersten Trainings</translation>
    </message>
    <message>
        <source>train or valid</source>
        <translation>train oder valid</translation>
    </message>
    <message>
        <source>train the paper&apos;s own</source>
        <translation>den des Papers trainieren</translation>
    </message>
    <message>
        <source>trains whole networks</source>
        <translation>trainiert ganze Netze</translation>
    </message>
    <message>
        <source>two to four models, by id or folder; without --library the FOLDER of songs comes last</source>
        <translation>zwei bis vier Modelle, nach Kennung oder Ordner; ohne --library kommt zuletzt der FOLDER mit Songs</translation>
    </message>
    <message>
        <source>unknown: {unknown}</source>
        <translation>unbekannt: {unknown}</translation>
    </message>
    <message>
        <source>waiting for the first three seconds</source>
        <translation>wartet auf die ersten drei Sekunden</translation>
    </message>
    <message>
        <source>weights.safetensors holds no weights</source>
        <translation>weights.safetensors enthält keine Gewichte</translation>
    </message>
    <message>
        <source>weights.safetensors is damaged</source>
        <translation>weights.safetensors ist beschädigt</translation>
    </message>
    <message>
        <source>what a split of segments would have claimed</source>
        <translation>was eine Aufteilung nach Abschnitten ergeben hätte</translation>
    </message>
    <message>
        <source>what full and quick mode start from (default: the one that listens at first)</source>
        <translation>wovon die Modi full und quick ausgehen (Vorgabe: das, das anfangs zuhört)</translation>
    </message>
    <message>
        <source>what is done with them</source>
        <translation>was mit ihnen geschieht</translation>
    </message>
    <message>
        <source>what its outputs mean is not said</source>
        <translation>was die Ausgaben bedeuten, ist nicht gesagt</translation>
    </message>
    <message>
        <source>what its publisher says (default: NAME.json)</source>
        <translation>was ihr Herausgeber sagt (Vorgabe: NAME.json)</translation>
    </message>
    <message>
        <source>where a paper&apos;s text and its authors&apos; code differ: as it was run (default), as it is printed, or both</source>
        <translation>wo sich Text und Code der Autoren eines Papers unterscheiden: wie gelaufen (Vorgabe), wie gedruckt oder beides</translation>
    </message>
    <message>
        <source>where sound comes from (default: mic); `genredesk devices` lists more</source>
        <translation>woher der Ton kommt (Vorgabe: mic); `genredesk devices` führt weitere auf</translation>
    </message>
    <message>
        <source>where to</source>
        <translation>wohin</translation>
    </message>
    <message>
        <source>which files (default: all)</source>
        <translation>welche Dateien (Vorgabe: alle)</translation>
    </message>
    <message>
        <source>which files, by {by_name} or words</source>
        <translation>welche Dateien, nach {by_name} oder Wörtern</translation>
    </message>
    <message>
        <source>why not</source>
        <translation>warum nicht</translation>
    </message>
    <message>
        <source>windows a step (default: the recipe&apos;s)</source>
        <translation>Fenster je Schritt (Vorgabe: die des Rezepts)</translation>
    </message>
    <message>
        <source>windows right</source>
        <translation>Fenster richtig</translation>
    </message>
    <message>
        <source>with a line break in the name</source>
        <translation>mit einem Zeilenumbruch im Namen</translation>
    </message>
    <message>
        <source>without a genre that was named or set</source>
        <translation>ohne ein Genre, das benannt oder festgelegt wurde</translation>
    </message>
    <message>
        <source>without an ending</source>
        <translation>ohne Endung</translation>
    </message>
    <message>
        <source>write JSON</source>
        <translation>JSON schreiben</translation>
    </message>
    <message>
        <source>write JSON, one object a line</source>
        <translation>JSON schreiben, ein Objekt je Zeile</translation>
    </message>
    <message>
        <source>write a JSON list</source>
        <translation>eine JSON-Liste schreiben</translation>
    </message>
    <message>
        <source>write a line of JSON for each finding as it is found</source>
        <translation>für jeden Befund sofort eine Zeile JSON schreiben</translation>
    </message>
    <message>
        <source>write a systemd unit and end</source>
        <translation>eine systemd-Unit schreiben, dann Schluss</translation>
    </message>
    <message>
        <source>write the sums as JSON</source>
        <translation>die Summen als JSON schreiben</translation>
    </message>
    <message>
        <source>write the whole library as Parquet</source>
        <translation>die ganze Bibliothek als Parquet schreiben</translation>
    </message>
    <message>
        <source>you are not allowed to read it</source>
        <translation>du darfst sie nicht lesen</translation>
    </message>
    <message>
        <source>you have no permission</source>
        <translation>dir fehlt die Berechtigung</translation>
    </message>
    <message>
        <source>your share of the disk is used up</source>
        <translation>dein Anteil am Laufwerk ist verbraucht</translation>
    </message>
    <message>
        <source>{above}: {free:.1f} GB are free, and full training needs {needs_bytes:.0f} GB while it is installed. Make room and try again.</source>
        <translation>{above}: {free:.1f} GB sind frei, und das volle Training braucht während der Installation {needs_bytes:.0f} GB. Schaffe Platz und versuche es noch einmal.</translation>
    </message>
    <message>
        <source>{absent} did not come with it</source>
        <translation>{absent} kam nicht mit</translation>
    </message>
    <message>
        <source>{address}: no scheduler answers there ({reason}). Start one with `dask scheduler`, or use local:N.</source>
        <translation>{address}: Dort antwortet kein Scheduler ({reason}). Starte einen mit `dask scheduler` oder nimm local:N.</translation>
    </message>
    <message>
        <source>{analysed:,} listened to, {failed:,} could not be read.</source>
        <translation>{analysed:,} angehört, {failed:,} waren nicht lesbar.</translation>
    </message>
    <message>
        <source>{answer} (also {also})</source>
        <translation>{answer} (auch {also})</translation>
    </message>
    <message>
        <source>{backbone} begins with {origin} and is {backbone2}.</source>
        <translation>{backbone} beginnt mit {origin} und ist {backbone2}.</translation>
    </message>
    <message>
        <source>{backbone} begins with {origin}.</source>
        <translation>{backbone} beginnt mit {origin}.</translation>
    </message>
    <message>
        <source>{before} is {root} now; its files are known there.</source>
        <translation>{before} ist jetzt {root}; die Dateien sind dort bekannt.</translation>
    </message>
    <message>
        <source>{begin}  held back: windows {windows:.1%}, songs {songs:.1%}{star}</source>
        <translation>{begin}  zurückgehalten: Fenster {windows:.1%}, Songs {songs:.1%}{star}</translation>
    </message>
    <message>
        <source>{bundle_id} is no model: it has no {card}. Name a bundle&apos;s folder.</source>
        <translation>{bundle_id} ist kein Modell: Es hat keine {card}. Nenne den Ordner eines Bundles.</translation>
    </message>
    <message>
        <source>{bundle} listens through another front end than {frontend}. Leave the front end out, or train from scratch.</source>
        <translation>{bundle} hört durch ein anderes Frontend als {frontend}. Lass das Frontend weg oder trainiere von Grund auf.</translation>
    </message>
    <message>
        <source>{bundle}: it cannot be written ({strerror}).</source>
        <translation>{bundle}: kann nicht geschrieben werden ({strerror}).</translation>
    </message>
    <message>
        <source>{bundle}: {alike:.1%} of {n} windows named as before</source>
        <translation>{bundle}: {alike:.1%} von {n} Fenstern benannt wie zuvor</translation>
    </message>
    <message>
        <source>{ca} holds no certificate that can be used ({reason}).</source>
        <translation>{ca} enthält kein verwendbares Zertifikat ({reason}).</translation>
    </message>
    <message>
        <source>{channels} channels</source>
        <translation>{channels} Kanäle</translation>
    </message>
    <message>
        <source>{device} does not answer. Restart the sound system (or the computer), then try again.</source>
        <translation>{device} antwortet nicht. Starte das Audiosystem (oder den Rechner) neu und versuche es dann noch einmal.</translation>
    </message>
    <message>
        <source>{device} opens and hears.</source>
        <translation>{device} öffnet sich und hört.</translation>
    </message>
    <message>
        <source>{device} opens and plays.</source>
        <translation>{device} öffnet sich und spielt.</translation>
    </message>
    <message>
        <source>{device} opens but gives only silence.</source>
        <translation>{device} öffnet sich, liefert aber nur Stille.</translation>
    </message>
    <message>
        <source>{device} stopped working ({reason}), so the processor goes on.</source>
        <translation>{device} hörte auf zu arbeiten ({reason}), deshalb macht der Prozessor weiter.</translation>
    </message>
    <message>
        <source>{device} was unplugged; listening resumes when it is back.</source>
        <translation>{device} wurde abgezogen; sobald es wieder da ist, wird weiter zugehört.</translation>
    </message>
    <message>
        <source>{doing} ({size:.0f} MB so far)</source>
        <translation>{doing} (bisher {size:.0f} MB)</translation>
    </message>
    <message>
        <source>{failed} could not be read</source>
        <translation>{failed} waren nicht lesbar</translation>
    </message>
    <message>
        <source>{failed} files could not be read; `genredesk library list --filter state:failed` says why.</source>
        <translation>{failed} Dateien waren nicht lesbar; `genredesk library list --filter state:failed` sagt, warum.</translation>
    </message>
    <message>
        <source>{failed} of {n_files} files could not be read.</source>
        <translation>{failed} von {n_files} Dateien waren nicht lesbar.</translation>
    </message>
    <message>
        <source>{field} is yes or no, not {text!r}.</source>
        <translation>{field} ist ja oder nein (yes, no), nicht {text!r}.</translation>
    </message>
    <message>
        <source>{file}: it cannot be read ({strerror}). Import the bundle again.</source>
        <translation>{file}: nicht lesbar ({strerror}). Importiere das Bundle noch einmal.</translation>
    </message>
    <message>
        <source>{file}: it was changed or damaged since the bundle was made. Import the bundle again.</source>
        <translation>{file}: wurde geändert oder beschädigt, seit das Bundle gemacht wurde. Importiere das Bundle noch einmal.</translation>
    </message>
    <message>
        <source>{file}: sound, version {version}, {size:.1f} MB.</source>
        <translation>{file}: unbeschädigt, Version {version}, {size:.1f} MB.</translation>
    </message>
    <message>
        <source>{file}: the report cannot be written ({error}). Choose another place or make room.</source>
        <translation>{file}: Der Bericht kann nicht geschrieben werden ({error}). Wähle einen anderen Ort oder schaffe Platz.</translation>
    </message>
    <message>
        <source>{file}: there is no network to take these weights.</source>
        <translation>{file}: Es gibt kein Netz, das diese Gewichte nähme.</translation>
    </message>
    <message>
        <source>{file}: {n:,} rows</source>
        <translation>{file}: {n:,} Zeilen</translation>
    </message>
    <message>
        <source>{file}: {rows:,} files, {added:,} of them new here; {answered:,} answers and {corrected:,} genres taken in, {differing:,} files differ here and stay as they are.</source>
        <translation>{file}: {rows:,} Dateien, {added:,} davon hier neu; {answered:,} Antworten und {corrected:,} Genres übernommen, {differing:,} Dateien sind hier anders und bleiben, wie sie sind.</translation>
    </message>
    <message>
        <source>{folder} cannot be deleted ({reason}).</source>
        <translation>{folder} lässt sich nicht löschen ({reason}).</translation>
    </message>
    <message>
        <source>{folder} cannot be written ({reason}). Make room there.</source>
        <translation>{folder} kann nicht geschrieben werden ({reason}). Schaffe dort Platz.</translation>
    </message>
    <message>
        <source>{folder} holds an experiment of another version of GenreDesk (format {get}, this one writes {format}). Choose another folder (--out).</source>
        <translation>{folder} enthält ein Experiment einer anderen GenreDesk-Version (Format {get}, diese hier schreibt {format}). Wähle einen anderen Ordner (--out).</translation>
    </message>
    <message>
        <source>{folder} holds another experiment: {said}. Go on with that one, or choose another folder (--out).</source>
        <translation>{folder} enthält ein anderes Experiment: {said}. Mach damit weiter oder wähle einen anderen Ordner (--out).</translation>
    </message>
    <message>
        <source>{folder} is no longer there; all of its files were found elsewhere.</source>
        <translation>{folder} ist nicht mehr da; alle Dateien daraus wurden woanders gefunden.</translation>
    </message>
    <message>
        <source>{folder} is offline; its files are kept. If it has another name or place now: `genredesk library roots --moved {folder2} NEW`.</source>
        <translation>{folder} ist nicht angeschlossen; die Dateien bleiben bekannt. Wenn er jetzt anders heißt oder woanders liegt: `genredesk library roots --moved {folder2} NEU`.</translation>
    </message>
    <message>
        <source>{folder}: a bundle of this name comes with the program. Delete this one.</source>
        <translation>{folder}: Ein Bundle dieses Namens kommt mit dem Programm. Lösche dieses.</translation>
    </message>
    <message>
        <source>{folder}: can be written, {free:.1f} GB free.</source>
        <translation>{folder}: beschreibbar, {free:.1f} GB frei.</translation>
    </message>
    <message>
        <source>{folder}: new files are not noticed by themselves ({reason}). Scan it now and then.</source>
        <translation>{folder}: Neue Dateien werden nicht von selbst bemerkt ({reason}). Durchsuche den Ordner ab und zu.</translation>
    </message>
    <message>
        <source>{folder}: nothing can be written there ({error}).</source>
        <translation>{folder}: Dort kann nichts geschrieben werden ({error}).</translation>
    </message>
    <message>
        <source>{folder}: nothing can be written there ({reason}). Make room or choose another place (--out); what was finished stays.</source>
        <translation>{folder}: Dort kann nichts geschrieben werden ({reason}). Schaffe Platz oder wähle einen anderen Ort (--out); was fertig wurde, bleibt.</translation>
    </message>
    <message>
        <source>{folder}: nothing was written yet.</source>
        <translation>{folder}: noch nichts geschrieben.</translation>
    </message>
    <message>
        <source>{folder}: only {free:.1f} GB are free.</source>
        <translation>{folder}: Nur {free:.1f} GB sind frei.</translation>
    </message>
    <message>
        <source>{folder}: this training cannot be read ({reason}).</source>
        <translation>{folder}: Dieses Training ist nicht lesbar ({reason}).</translation>
    </message>
    <message>
        <source>{found} files found</source>
        <translation>{found} Dateien gefunden</translation>
    </message>
    <message>
        <source>{found} files: {new} new, {changed} changed, {moved} moved, {missing} missing. {analysed} listened to in {seconds:.0f} s.</source>
        <translation>{found} Dateien: {new} neu, {changed} geändert, {moved} verschoben, {missing} fehlen. {analysed} in {seconds:.0f} s angehört.</translation>
    </message>
    <message>
        <source>{full_ms:.1f} ms</source>
        <translation>{full_ms:.1f} ms</translation>
    </message>
    <message>
        <source>{genre}, as GenreDesk heard it</source>
        <translation>{genre}, wie GenreDesk es gehört hat</translation>
    </message>
    <message>
        <source>{get_device_name}: a graphics card trains fastest.</source>
        <translation>{get_device_name}: Auf einer Grafikkarte geht das Training am schnellsten.</translation>
    </message>
    <message>
        <source>{get} (torch)</source>
        <translation>{get} (torch)</translation>
    </message>
    <message>
        <source>{gone} is gone, or its drive is not there. Plug the drive in again, or scan the music anew.</source>
        <translation>{gone} ist weg, oder das Laufwerk ist nicht da. Schließe das Laufwerk wieder an oder durchsuche die Musik neu.</translation>
    </message>
    <message>
        <source>{heads}: it takes another model&apos;s embedding. Import it together with that model: choose or drop both at once.</source>
        <translation>{heads}: braucht das Embedding eines anderen Modells. Importiere beide zusammen: Wähle sie gemeinsam oder lege sie gemeinsam ab.</translation>
    </message>
    <message>
        <source>{host} cannot analyze: {problem}</source>
        <translation>{host} kann nicht analysieren: {problem}</translation>
    </message>
    <message>
        <source>{host} does not see {path_of}. The music must be there under the same path: share its folder and mount it there.</source>
        <translation>{host} sieht {path_of} nicht. Die Musik muss dort unter demselben Pfad liegen: Gib ihren Ordner frei und hänge ihn dort ein.</translation>
    </message>
    <message>
        <source>{hours:.1f} h</source>
        <translation>{hours:.1f} h</translation>
    </message>
    <message>
        <source>{id} came with GenreDesk. Name a bundle of your own, or --out.</source>
        <translation>{id} kam mit GenreDesk. Nenne ein eigenes Bundle oder --out.</translation>
    </message>
    <message>
        <source>{id} holds its network in 8 bits only: it listens on the processor and cannot be trained on. Use the model it was made from.</source>
        <translation>{id} enthält sein Netz nur in 8 Bit: Es hört auf dem Prozessor zu und lässt sich nicht weiter trainieren. Nimm das Modell, aus dem es gemacht wurde.</translation>
    </message>
    <message>
        <source>{id} is named twice. Name every ear once.</source>
        <translation>{id} ist zweimal genannt. Nenne jedes Ohr einmal.</translation>
    </message>
    <message>
        <source>{id} is still running. Stop it in the window first.</source>
        <translation>{id} läuft noch. Halte es zuerst im Fenster an.</translation>
    </message>
    <message>
        <source>{id} knows none of the genres {listed}.</source>
        <translation>{id} kennt keines der Genres {listed}.</translation>
    </message>
    <message>
        <source>{id} listens through another front end than these arrays were made with. Evaluate it on a folder of audio files instead.</source>
        <translation>{id} hört durch ein anderes Frontend als das, mit dem diese Arrays gemacht wurden. Werte es stattdessen an einem Ordner mit Audiodateien aus.</translation>
    </message>
    <message>
        <source>{id} makes pictures of another front end than the one trained on. Train the autoencoder on the same one.</source>
        <translation>{id} macht Bilder eines anderen Frontends als dem, mit dem trainiert wird. Trainiere den Autoencoder mit demselben.</translation>
    </message>
    <message>
        <source>{id} was deleted.</source>
        <translation>{id} wurde gelöscht.</translation>
    </message>
    <message>
        <source>{id}: files, shapes and answers are as its card says</source>
        <translation>{id}: Dateien, Formen und Antworten sind, wie die Karte sagt</translation>
    </message>
    <message>
        <source>{id}: its front end is not made for the network {network}.</source>
        <translation>{id}: Sein Frontend ist nicht für das Netz {network} gemacht.</translation>
    </message>
    <message>
        <source>{id}: its network {network} names genres but makes no sound. Train one with “genredesk train --network vae”.</source>
        <translation>{id}: Sein Netz {network} benennt Genres, macht aber keinen Klang. Trainiere eines mit „genredesk train --network vae“.</translation>
    </message>
    <message>
        <source>{id}: its weights do not fit the network {network}. Import the bundle again.</source>
        <translation>{id}: Die Gewichte passen nicht zum Netz {network}. Importiere das Bundle noch einmal.</translation>
    </message>
    <message>
        <source>{id}: {reason}. Import the bundle again.</source>
        <translation>{id}: {reason}. Importiere das Bundle noch einmal.</translation>
    </message>
    <message>
        <source>{kind} has no place for a genre</source>
        <translation>{kind} hat keinen Platz für ein Genre</translation>
    </message>
    <message>
        <source>{k} nearest neighbors on MFCC</source>
        <translation>{k} nächste Nachbarn auf MFCC</translation>
    </message>
    <message>
        <source>{labels}: it cannot be read as text.</source>
        <translation>{labels}: lässt sich nicht als Text lesen.</translation>
    </message>
    <message>
        <source>{label} rests mostly on {where} of the window</source>
        <translation>{label} beruht vor allem auf {where} des Fensters</translation>
    </message>
    <message>
        <source>{label} has {n_mine} songs; the paper&apos;s split needs {n_shares} at least.</source>
        <translation>{label} hat {n_mine} Songs; die Aufteilung des Papers braucht mindestens {n_shares}.</translation>
    </message>
    <message>
        <source>{listed}: with one song there is nothing to try what was learned on. The numbers speak of the other genres.</source>
        <translation>{listed}: Mit einem einzigen Song lässt sich das Gelernte an nichts ausprobieren. Die Zahlen gelten für die anderen Genres.</translation>
    </message>
    <message>
        <source>{low:,.0f} – {high:,.0f} Hz at {where}</source>
        <translation>{low:,.0f} – {high:,.0f} Hz bei {where}</translation>
    </message>
    <message>
        <source>{minutes:.0f} min</source>
        <translation>{minutes:.0f} min</translation>
    </message>
    <message>
        <source>{missing} knows none of these words and is left out.</source>
        <translation>{missing} kennt keines dieser Wörter und bleibt außen vor.</translation>
    </message>
    <message>
        <source>{model}: it cannot be installed in {user_models_dir} ({reason}). Make room there or allow writing.</source>
        <translation>{model}: kann in {user_models_dir} nicht installiert werden ({reason}). Schaffe dort Platz oder erlaube das Schreiben.</translation>
    </message>
    <message>
        <source>{ms_per_window:.1f} ms a window</source>
        <translation>{ms_per_window:.1f} ms je Fenster</translation>
    </message>
    <message>
        <source>{n:,} are already as they should be.</source>
        <translation>{n:,} sind schon, wie sie sein sollen.</translation>
    </message>
    <message>
        <source>{n:,} files</source>
        <translation>{n:,} Dateien</translation>
    </message>
    <message>
        <source>{n:,} files do not have the genre in their tags yet; Navidrome finds them once it is written there.</source>
        <translation>{n:,} Dateien haben das Genre noch nicht in den Tags; Navidrome findet sie, sobald es dort steht.</translation>
    </message>
    <message>
        <source>{n:,} files that lie beside music (cue sheets, covers and the like) will not go along.</source>
        <translation>{n:,} Dateien neben der Musik (Cue-Sheets, Cover und Ähnliches) gehen nicht mit.</translation>
    </message>
    <message>
        <source>{n:,} pieces</source>
        <translation>{n:,} Stücke</translation>
    </message>
    <message>
        <source>{n:,} playlists</source>
        <translation>{n:,} Wiedergabelisten</translation>
    </message>
    <message>
        <source>{n:,} tracks have no fingerprint yet: `genredesk scan --fingerprints`.</source>
        <translation>{n:,} Titel haben noch keinen Fingerabdruck: `genredesk scan --fingerprints`.</translation>
    </message>
    <message>
        <source>{n_bands} bands × {frames} frames</source>
        <translation>{n_bands} Bänder × {frames} Frames</translation>
    </message>
    <message>
        <source>{n_doubts:,} to check were skipped; --doubtful includes them.</source>
        <translation>{n_doubts:,} zu prüfende wurden übersprungen; --doubtful nimmt sie dazu.</translation>
    </message>
    <message>
        <source>{n_found:,} recordings with several files, {n_spare:,} spare ones.</source>
        <translation>{n_found:,} Aufnahmen mit mehreren Dateien, {n_spare:,} überzählige.</translation>
    </message>
    <message>
        <source>{n_names} more names</source>
        <translation>{n_names} weitere Namen</translation>
    </message>
    <message>
        <source>{n_songs} songs, {aside} set aside.</source>
        <translation>{n_songs} Songs, {aside} beiseitegelegt.</translation>
    </message>
    <message>
        <source>{n_trials} trials; number {number} is kept.</source>
        <translation>{n_trials} Versuche; Nummer {number} wird behalten.</translation>
    </message>
    <message>
        <source>There is no output {name!r}. There are {kinds}.</source>
        <translation>Eine Ausgabe {name!r} gibt es nicht. Es gibt {kinds}.</translation>
    </message>
    <message>
        <source>000: also a CRNN and a raw-waveform network, which are in no paper; 003: also its rows on segments of 3 s, which its printed numbers point to</source>
        <translation>000: auch ein CRNN und ein Netz auf der Wellenform, die in keinem Paper stehen; 003: auch seine Zeilen an Abschnitten von 3 s, auf die seine gedruckten Zahlen deuten</translation>
    </message>
    <message>
        <source>002: also rows that began with ImageNet weights, from random ones instead</source>
        <translation>002: auch Zeilen, die mit ImageNet-Gewichten begannen, stattdessen mit zufälligen</translation>
    </message>
    <message>
        <source>Measured on what was kept back: {kept}; {runs}.</source>
        <translation>Gemessen an Zurückgehaltenem: {kept}; {runs}.</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>ausgelassen</translation>
    </message>
    <message>
        <source>mean of {n} runs</source>
        <translation>Mittel aus {n} Läufen</translation>
    </message>
    <message>
        <source>one run</source>
        <translation>ein Lauf</translation>
    </message>
    <message>
        <source>{bundle} hears windows of the length it learned with. Leave segment_s at 0, or train from scratch.</source>
        <translation>{bundle} hört Fenster der Länge, mit der es gelernt hat. Lass segment_s auf 0 oder trainiere von Grund auf.</translation>
    </message>
    <message>
        <source>{epochs} instead of the paper&apos;s.</source>
        <translation>{epochs} statt der des Papers.</translation>
    </message>
    <message>
        <source>{n:,} epochs</source>
        <translation>{n:,} Epochen</translation>
    </message>
    <message>
        <source>{n:,} segments</source>
        <translation>{n:,} Abschnitte</translation>
    </message>
    <message>
        <source>{n:,} songs</source>
        <translation>{n:,} Songs</translation>
    </message>
    <message>
        <source>{n:,} windows</source>
        <translation>{n:,} Fenster</translation>
    </message>
    <message>
        <source>{named} is no folder of the library.</source>
        <translation>{named} ist kein Ordner der Bibliothek.</translation>
    </message>
    <message>
        <source>{named}: {ready:,} ready, {doubts:,} to check, {conflicts:,} conflicts, {unchanged:,} need nothing. Nothing was changed; --apply does it.</source>
        <translation>{named}: {ready:,} bereit, {doubts:,} zu prüfen, {conflicts:,} Konflikte, bei {unchanged:,} ist nichts zu tun. Nichts wurde geändert; --apply führt es aus.</translation>
    </message>
    <message>
        <source>{name} arrived damaged and was not kept. Try again.</source>
        <translation>{name} kam beschädigt an und wurde nicht behalten. Versuche es noch einmal.</translation>
    </message>
    <message>
        <source>{name} cannot be built: {reason}. Choose values closer to the network&apos;s own.</source>
        <translation>{name} lässt sich nicht bauen: {reason}. Wähle Werte, die näher an denen des Netzes sind.</translation>
    </message>
    <message>
        <source>{name} cannot be downloaded ({reason}). Connect to the internet, or get the file on another computer from {site}{name} and put it into {folder}. {without}</source>
        <translation>{name} lässt sich nicht herunterladen ({reason}). Verbinde dich mit dem Internet, oder hole die Datei auf einem anderen Rechner von {site}{name} und lege sie in {folder}. {without}</translation>
    </message>
    <message>
        <source>{name} cannot be opened ({reason}). Check that it is connected and that no other program holds it.</source>
        <translation>{name} lässt sich nicht öffnen ({reason}). Prüfe, ob es angeschlossen ist und kein anderes Programm es belegt.</translation>
    </message>
    <message>
        <source>{name} cannot be used: {reason}</source>
        <translation>{name} ist nicht verwendbar: {reason}</translation>
    </message>
    <message>
        <source>{name} does not answer as its card says of both forms</source>
        <translation>{name} antwortet nicht so, wie die Karte es von beiden Formen sagt</translation>
    </message>
    <message>
        <source>{name} is missing</source>
        <translation>{name} fehlt</translation>
    </message>
    <message>
        <source>{name} is not connected. Plug it in or choose another device.</source>
        <translation>{name} ist nicht angeschlossen. Schließe es an oder wähle ein anderes Gerät.</translation>
    </message>
    <message>
        <source>{name} is not connected; playing through the default output.</source>
        <translation>{name} ist nicht angeschlossen; die Wiedergabe läuft über die Standardausgabe.</translation>
    </message>
    <message>
        <source>{name} is not the file its card names (SHA-256 differs)</source>
        <translation>{name} ist nicht die Datei, die die Karte nennt (die SHA-256 weicht ab)</translation>
    </message>
    <message>
        <source>{name} keeps weights in another file</source>
        <translation>{name} hält Gewichte in einer anderen Datei</translation>
    </message>
    <message>
        <source>{name} needs operators of “{own}”, which are not known</source>
        <translation>{name} braucht Operatoren von „{own}“, die nicht bekannt sind</translation>
    </message>
    <message>
        <source>{name} opens but gives no sound. Unplug it, or choose another.</source>
        <translation>{name} öffnet sich, liefert aber keinen Ton. Zieh es ab oder wähle ein anderes.</translation>
    </message>
    <message>
        <source>{name} opens but plays nothing. Unplug it, or choose another.</source>
        <translation>{name} öffnet sich, spielt aber nichts. Zieh es ab oder wähle ein anderes.</translation>
    </message>
    <message>
        <source>{name}: has nothing called {next!r}. It knows {known}.</source>
        <translation>{name}: hat nichts namens {next!r}. Bekannt sind {known}.</translation>
    </message>
    <message>
        <source>{name}: it cannot be looked into ({reason}). Its files are left as they are.</source>
        <translation>{name}: lässt sich nicht durchsehen ({reason}). Die Dateien darin bleiben, wie sie sind.</translation>
    </message>
    <message>
        <source>{name}: its genre {one} is not one this network knows ({listed}). Rename its folder, or leave it out.</source>
        <translation>{name}: Das Genre {one} kennt dieses Netz nicht ({listed}). Benenne den Ordner um oder lass ihn weg.</translation>
    </message>
    <message>
        <source>{name}: takes no path; leave out {url}.</source>
        <translation>{name}: nimmt keinen Pfad; lass {url} weg.</translation>
    </message>
    <message>
        <source>{name}: {part} is no field and value of a network.</source>
        <translation>{name}: {part} ist kein Feld samt Wert eines Netzes.</translation>
    </message>
    <message>
        <source>{name}: {told}, renewed</source>
        <translation>{name}: {told}, erneuert</translation>
    </message>
    <message>
        <source>{name}:{rest} is no address ({reason}).</source>
        <translation>{name}:{rest} ist keine Adresse ({reason}).</translation>
    </message>
    <message>
        <source>{nb_channels} channels</source>
        <translation>{nb_channels} Kanäle</translation>
    </message>
    <message>
        <source>{network} is an autoencoder: it learns to draw its genres again, not to tell them apart, so there is nothing to cross-validate. Train it with “genredesk train --network {network}”, or name another network here (see “genredesk networks”).</source>
        <translation>{network} ist ein Autoencoder: Er lernt, seine Genres nachzuzeichnen, nicht, sie auseinanderzuhalten; deshalb gibt es nichts zu kreuzvalidieren. Trainiere ihn mit „genredesk train --network {network}“ oder nenne hier ein anderes Netz (siehe „genredesk networks“).</translation>
    </message>
    <message>
        <source>{network} takes torchvision&apos;s {files}. {without}</source>
        <translation>{network} nimmt die von torchvision: {files}. {without}</translation>
    </message>
    <message>
        <source>{network} with {recipe}, {protocol}, {n} songs</source>
        <translation>{network} mit {recipe}, {protocol}, {n} Songs</translation>
    </message>
    <message>
        <source>{network}, recipe “{recipe}”{version}. {notes} {begins} {epochs} in {took} on {device}.</source>
        <translation>{network}, Rezept „{recipe}“{version}. {notes} {begins} {epochs} in {took} auf {device}.</translation>
    </message>
    <message>
        <source>{npz}: idx must be uint8 (track, bands, columns), one per name.</source>
        <translation>{npz}: idx muss uint8 (track, bands, columns) sein, eines je Name.</translation>
    </message>
    <message>
        <source>{npz}: it holds no track.</source>
        <translation>{npz}: enthält keinen Titel.</translation>
    </message>
    <message>
        <source>{npz}: min_db must be one number for every track.</source>
        <translation>{npz}: min_db muss für jeden Titel eine Zahl sein.</translation>
    </message>
    <message>
        <source>{npz}: the pictures have {shape} bands, {n_bands} are needed.</source>
        <translation>{npz}: Die Bilder haben {shape} Bänder, nötig sind {n_bands}.</translation>
    </message>
    <message>
        <source>{n} corrected.</source>
        <translation>{n} korrigiert.</translation>
    </message>
    <message>
        <source>{n} of these {n_songs} songs belong to {parts} in their table, and {title} learned from the songs its own table named so. If it is the same table, it has heard them before and this accuracy flatters.</source>
        <translation>{n} dieser {n_songs} Songs gehören in ihrer Tabelle zu {parts}, und {title} hat aus den Songs gelernt, die seine eigene Tabelle so nannte. Ist es dieselbe Tabelle, hat es sie schon gehört, und diese Genauigkeit ist geschönt.</translation>
    </message>
    <message>
        <source>{n} others</source>
        <translation>{n} andere</translation>
    </message>
    <message>
        <source>{n} windows</source>
        <translation>{n} Fenster</translation>
    </message>
    <message>
        <source>{n} workers at {address}; dashboard: {link}</source>
        <translation>{n} Arbeitsprozesse bei {address}; Übersicht: {link}</translation>
    </message>
    <message>
        <source>{onsets:.1f} onsets a second (music about {onsets2:.1f})</source>
        <translation>{onsets:.1f} Einsätze je Sekunde (Musik etwa {onsets2:.1f})</translation>
    </message>
    <message>
        <source>{out!r} cannot be the name of a bundle. Use lower-case letters, digits, dots, dashes and underscores, beginning with a letter or digit.</source>
        <translation>{out!r} kann nicht der Name eines Bundles sein. Nimm Kleinbuchstaben, Ziffern, Punkte, Binde- und Unterstriche, mit einem Buchstaben oder einer Ziffer am Anfang.</translation>
    </message>
    <message>
        <source>{out} exists already. Choose another place for the new bundle.</source>
        <translation>{out} gibt es schon. Wähle einen anderen Ort für das neue Bundle.</translation>
    </message>
    <message>
        <source>{out} is there: this training was finished, nothing is left to resume.</source>
        <translation>{out} ist da: Dieses Training ist fertig, es gibt nichts fortzusetzen.</translation>
    </message>
    <message>
        <source>{package} is not installed. Install GenreDesk with its outputs: pip install &apos;genredesk[outputs]&apos;.</source>
        <translation>{package} ist nicht installiert. Installiere GenreDesk mit seinen Ausgaben: pip install &apos;genredesk[outputs]&apos;.</translation>
    </message>
    <message>
        <source>{path} cannot be read ({reason}).</source>
        <translation>{path} ist nicht lesbar ({reason}).</translation>
    </message>
    <message>
        <source>{path} cannot be read ({reason}). Train again.</source>
        <translation>{path} ist nicht lesbar ({reason}). Trainiere noch einmal.</translation>
    </message>
    <message>
        <source>{path} cannot be read ({reason}). {wanted}</source>
        <translation>{path} ist nicht lesbar ({reason}). {wanted}</translation>
    </message>
    <message>
        <source>{path} cannot be written ({reason}). Choose another place.</source>
        <translation>{path} lässt sich nicht schreiben ({reason}). Wähle einen anderen Ort.</translation>
    </message>
    <message>
        <source>{path} cannot be written ({reason}). Make room there.</source>
        <translation>{path} kann nicht geschrieben werden ({reason}). Schaffe dort Platz.</translation>
    </message>
    <message>
        <source>{path} ends or breaks{line}: it was not written to its end, or is no XML. Export the collection from rekordbox again.</source>
        <translation>{path} endet oder bricht ab{line}: Die Datei wurde nicht zu Ende geschrieben oder ist kein XML. Exportiere die Sammlung noch einmal aus rekordbox.</translation>
    </message>
    <message>
        <source>{path} holds no evaluation. Train again.</source>
        <translation>{path} enthält keine Auswertung. Trainiere noch einmal.</translation>
    </message>
    <message>
        <source>{path} holds no weights that can be read safely. {wanted}</source>
        <translation>{path} enthält keine Gewichte, die sich sicher lesen lassen. {wanted}</translation>
    </message>
    <message>
        <source>{path} holds {n_tracks:,} of the {announced:,} tracks it announces: it was not written to its end. Export the collection again.</source>
        <translation>{path} enthält {n_tracks:,} der {announced:,} Titel, die es ankündigt: Die Datei wurde nicht zu Ende geschrieben. Exportiere die Sammlung noch einmal.</translation>
    </message>
    <message>
        <source>{path} is damaged or is not what its name says: its SHA-256 begins with {found}, not {expected}. Download it again. {without}</source>
        <translation>{path} ist beschädigt oder nicht, was der Name sagt: Die SHA-256 beginnt mit {found}, nicht mit {expected}. Lade die Datei noch einmal herunter. {without}</translation>
    </message>
    <message>
        <source>{path} is damaged. Choose another folder (--out), or delete it and begin anew.</source>
        <translation>{path} ist beschädigt. Wähle einen anderen Ordner (--out), oder lösche die Datei und beginne neu.</translation>
    </message>
    <message>
        <source>{path} is deleted.</source>
        <translation>{path} ist gelöscht.</translation>
    </message>
    <message>
        <source>{path} is no longer in its folder; what is still open of it is played. Check that its drive is connected.</source>
        <translation>{path} ist nicht mehr in seinem Ordner; was davon noch offen ist, wird abgespielt. Prüfe, ob das Laufwerk angeschlossen ist.</translation>
    </message>
    <message>
        <source>{path} is no rekordbox collection. In rekordbox: File, Export Collection in xml format.</source>
        <translation>{path} ist keine rekordbox-Sammlung. In rekordbox: Datei, Sammlung im xml-Format exportieren.</translation>
    </message>
    <message>
        <source>{path} is not an ONNX graph</source>
        <translation>{path} ist kein ONNX-Graph</translation>
    </message>
    <message>
        <source>{path} is not there.</source>
        <translation>{path} ist nicht da.</translation>
    </message>
    <message>
        <source>{path} is not whole; this run is made again.</source>
        <translation>{path} ist nicht vollständig; dieser Lauf wird noch einmal gemacht.</translation>
    </message>
    <message>
        <source>{path} was not listened to yet. Scan it first.</source>
        <translation>{path} ist noch nicht angehört. Durchsuche es zuerst.</translation>
    </message>
    <message>
        <source>{path}: it can no longer be read ({reason}). Put it back and resume.</source>
        <translation>{path}: nicht mehr lesbar ({reason}). Lege die Datei wieder hin und setze fort.</translation>
    </message>
    <message>
        <source>{path}: it cannot be played ({reason}).</source>
        <translation>{path}: nicht abspielbar ({reason}).</translation>
    </message>
    <message>
        <source>{path}: it cannot be written ({reason}). Make room there.</source>
        <translation>{path} lässt sich nicht schreiben ({reason}). Schaffe dort Platz.</translation>
    </message>
    <message>
        <source>{path}: it is damaged; only {got:.0f} of {whole:.0f} s could be played.</source>
        <translation>{path}: beschädigt; nur {got:.0f} von {whole:.0f} s waren abspielbar.</translation>
    </message>
    <message>
        <source>{path}: it is not a file of mel arrays. Give an .npz that holds idx, min_db and track.</source>
        <translation>{path}: Das ist keine Datei mit Mel-Arrays. Gib eine .npz-Datei mit idx, min_db und track an.</translation>
    </message>
    <message>
        <source>{path}: it is part of the library already, as {other}. Forget that one first.</source>
        <translation>{path}: gehört schon zur Bibliothek, als {other}. Vergiss zuerst diesen.</translation>
    </message>
    <message>
        <source>{path}: it was written by a newer GenreDesk (version {have} of the catalog, this program knows {newest}). Install the newer one; a backup made before it was brought up to date may lie beside it.</source>
        <translation>{path}: von einem neueren GenreDesk geschrieben (Version {have} des Katalogs, dieses Programm kennt {newest}). Installiere das neuere; vielleicht liegt eine Sicherung von vor der Umstellung daneben.</translation>
    </message>
    <message>
        <source>{path}: no song that is there {what}.</source>
        <translation>{path}: Kein vorhandener Song {what}.</translation>
    </message>
    <message>
        <source>{path}: step {number} did not say its number.</source>
        <translation>{path}: Schritt {number} nannte seine Nummer nicht.</translation>
    </message>
    <message>
        <source>{path}: the answers cannot be written ({reason}). Choose another place or make room.</source>
        <translation>{path}: Die Antworten können nicht geschrieben werden ({reason}). Wähle einen anderen Ort oder schaffe Platz.</translation>
    </message>
    <message>
        <source>{path}: the array {missing} is missing.</source>
        <translation>{path}: Das Array {missing} fehlt.</translation>
    </message>
    <message>
        <source>{path}: the best network so far cannot be read ({reason}). Delete {parent} and search anew.</source>
        <translation>{path}: Das bisher beste Netz ist nicht lesbar ({reason}). Lösche {parent} und suche neu.</translation>
    </message>
    <message>
        <source>{path}: the catalog is closed.</source>
        <translation>{path}: Der Katalog ist geschlossen.</translation>
    </message>
    <message>
        <source>{path}: the checkpoint belongs to another run (network, recipe, seed or songs differ). Go on with what it was begun with, or begin anew in another place.</source>
        <translation>{path}: Der Zwischenstand gehört zu einem anderen Lauf (Netz, Rezept, Startwert oder Songs sind andere). Mach mit dem weiter, womit er begonnen wurde, oder beginne woanders neu.</translation>
    </message>
    <message>
        <source>{path}: the checkpoint cannot be read ({reason}). Delete it and train afresh.</source>
        <translation>{path}: Der Zwischenstand ist nicht lesbar ({reason}). Lösche ihn und trainiere neu.</translation>
    </message>
    <message>
        <source>{path}: the corrections cannot be gathered there ({reason}). Make room or allow writing.</source>
        <translation>{path}: Die Korrekturen lassen sich dort nicht sammeln ({reason}). Schaffe Platz oder erlaube das Schreiben.</translation>
    </message>
    <message>
        <source>{path}: the list of songs cannot be read ({reason}).</source>
        <translation>{path}: Die Liste der Songs ist nicht lesbar ({reason}).</translation>
    </message>
    <message>
        <source>{path}: the table needs a first line with a column named track.</source>
        <translation>{path}: Die Tabelle braucht eine erste Zeile mit einer Spalte namens track.</translation>
    </message>
    <message>
        <source>{path}: the table of tracks cannot be read ({reason}).</source>
        <translation>{path}: Die Tabelle der Titel ist nicht lesbar ({reason}).</translation>
    </message>
    <message>
        <source>{path}: there is no such catalog. `genredesk scan` makes one.</source>
        <translation>{path}: Einen solchen Katalog gibt es nicht. `genredesk scan` legt einen an.</translation>
    </message>
    <message>
        <source>{path}: this is another program&apos;s database. Choose another.</source>
        <translation>{path}: Das ist die Datenbank eines anderen Programms. Wähle eine andere.</translation>
    </message>
    <message>
        <source>{path}: this is not a folder. Name the one it is now.</source>
        <translation>{path}: Das ist kein Ordner. Nenne den, der es jetzt ist.</translation>
    </message>
    <message>
        <source>{place} cannot be replaced ({strerror}). End the training that uses it.</source>
        <translation>{place} lässt sich nicht ersetzen ({strerror}). Beende das Training, das es benutzt.</translation>
    </message>
    <message>
        <source>{prefix} cannot begin an OSC address: leave out blanks and #*,?[]{{}}.</source>
        <translation>{prefix} kann keine OSC-Adresse beginnen: Lass Leerzeichen und #*,?[]{{}} weg.</translation>
    </message>
    <message>
        <source>{previous} is gone; listening to {device}.</source>
        <translation>{previous} ist weg; jetzt wird {device} zugehört.</translation>
    </message>
    <message>
        <source>{problem} Here is the terminal view instead.</source>
        <translation>{problem} Stattdessen kommt hier die Ansicht für das Terminal.</translation>
    </message>
    <message>
        <source>{problem} Playing goes on where it was.</source>
        <translation>{problem} Die Wiedergabe geht weiter, wo sie war.</translation>
    </message>
    <message>
        <source>{problem} Without a window: `genredesk listen FILE`.</source>
        <translation>{problem} Ohne Fenster: `genredesk listen DATEI`.</translation>
    </message>
    <message>
        <source>{processor}; cores: {n}</source>
        <translation>{processor}; Kerne: {n}</translation>
    </message>
    <message>
        <source>{provider} (ONNX Runtime)</source>
        <translation>{provider} (ONNX Runtime)</translation>
    </message>
    <message>
        <source>{rate:g} kHz · {sides}</source>
        <translation>{rate:g} kHz · {sides}</translation>
    </message>
    <message>
        <source>{ratio:.0f} times the time</source>
        <translation>{ratio:.0f}-mal so lange</translation>
    </message>
    <message>
        <source>{ratio:.2f} of the time</source>
        <translation>{ratio:.2f}-mal so lange</translation>
    </message>
    <message>
        <source>{realtime_factor:,.0f} × real time</source>
        <translation>{realtime_factor:,.0f} × Echtzeit</translation>
    </message>
    <message>
        <source>{root} holds no folders. It needs one folder per genre.</source>
        <translation>{root} enthält keine Ordner. Nötig ist ein Ordner je Genre.</translation>
    </message>
    <message>
        <source>{root} holds no tracks.csv with the columns path and {words_column}. Write one, with “{between}” between the words of a song, or take the words of the files&apos; tags.</source>
        <translation>{root} enthält keine tracks.csv mit den Spalten path und {words_column}. Schreibe eine, mit „{between}“ zwischen den Wörtern eines Songs, oder nimm die Wörter aus den Tags der Dateien.</translation>
    </message>
    <message>
        <source>{root} is gone. Plug its drive in again and start once more.</source>
        <translation>{root} ist weg. Schließe das Laufwerk wieder an und beginne noch einmal.</translation>
    </message>
    <message>
        <source>{root} is no folder, or its drive is not there. Choose another folder.</source>
        <translation>{root} ist kein Ordner, oder das Laufwerk ist nicht da. Wähle einen anderen Ordner.</translation>
    </message>
    <message>
        <source>{rows:,} files written to {file}.</source>
        <translation>{rows:,} Dateien nach {file} geschrieben.</translation>
    </message>
    <message>
        <source>{rule}: choose a folder to put the files into.</source>
        <translation>{rule}: Wähle einen Ordner, in den die Dateien kommen.</translation>
    </message>
    <message>
        <source>{run_dir} holds a training that was broken off. Go on with it (--resume), choose another place (--out), or delete that folder.</source>
        <translation>{run_dir} enthält ein abgebrochenes Training. Mach damit weiter (--resume), wähle einen anderen Ort (--out) oder lösche diesen Ordner.</translation>
    </message>
    <message>
        <source>{score:.0%} sure{held}</source>
        <translation>{score:.0%} sicher{held}</translation>
    </message>
    <message>
        <source>{seconds:.0f} min</source>
        <translation>{seconds:.0f} min</translation>
    </message>
    <message>
        <source>{seconds:g} seconds cannot be made; ask for up to {longest_s:g}.</source>
        <translation>{seconds:g} Sekunden lassen sich nicht machen; verlange höchstens {longest_s:g}.</translation>
    </message>
    <message>
        <source>{share:.1f} % of {songs} ({low:.1f} – {high:.1f})</source>
        <translation>{songs}: {share:.1f} % ({low:.1f} – {high:.1f})</translation>
    </message>
    <message>
        <source>{share:.1f} % of {windows}</source>
        <translation>{windows}: {share:.1f} %</translation>
    </message>
    <message>
        <source>{shown} and {more:,} more</source>
        <translation>{shown} und {more:,} weitere</translation>
    </message>
    <message>
        <source>{site} sent far more than {name} has; nothing was kept.</source>
        <translation>{site} schickte weit mehr, als {name} hat; nichts wurde behalten.</translation>
    </message>
    <message>
        <source>{small_ms:.1f} ms</source>
        <translation>{small_ms:.1f} ms</translation>
    </message>
    <message>
        <source>{songs} (×{tempo:g}, {pitch:+g} semitones)</source>
        <translation>{songs} (×{tempo:g}, {pitch:+g} Halbtöne)</translation>
    </message>
    <message>
        <source>{songs} songs, {long}, {n} genres</source>
        <translation>{songs} Songs, {long}, {n} Genres</translation>
    </message>
    <message>
        <source>{song}: its genre {label} is not one this network knows ({listed}). Rename its folder, or leave it out.</source>
        <translation>{song}: Das Genre {label} kennt dieses Netz nicht ({listed}). Benenne den Ordner um oder lass ihn weg.</translation>
    </message>
    <message>
        <source>{sound_problem} Playing without sound.</source>
        <translation>{sound_problem} Die Wiedergabe läuft ohne Ton.</translation>
    </message>
    <message>
        <source>{source} holds the weights of {other}, not {network}. {wanted}</source>
        <translation>{source} enthält die Gewichte von {other}, nicht von {network}. {wanted}</translation>
    </message>
    <message>
        <source>{source} is no file, so a playlist has nothing to play. Save the stretch as WAV, open that and save its chapters.</source>
        <translation>{source} ist keine Datei, deshalb hätte eine Wiedergabeliste nichts abzuspielen. Speichere den Abschnitt als WAV, öffne ihn und speichere seine Kapitel.</translation>
    </message>
    <message>
        <source>{source} is not a table of weights. {wanted}</source>
        <translation>{source} ist keine Tabelle von Gewichten. {wanted}</translation>
    </message>
    <message>
        <source>{source}: it cannot be installed in {root} ({reason}). Make room there or allow writing.</source>
        <translation>{source}: kann in {root} nicht installiert werden ({reason}). Schaffe dort Platz oder erlaube das Schreiben.</translation>
    </message>
    <message>
        <source>{source}: it cannot be read ({reason}).</source>
        <translation>{source}: nicht lesbar ({reason}).</translation>
    </message>
    <message>
        <source>{source}: it lacks the columns {missing}.</source>
        <translation>{source}: Es fehlen die Spalten {missing}.</translation>
    </message>
    <message>
        <source>{source}: it was written by a newer GenreDesk (version {mark} of the schema, this program knows {version}). Install the newer one.</source>
        <translation>{source}: von einem neueren GenreDesk geschrieben (Version {mark} des Schemas, dieses Programm kennt {version}). Installiere das neuere.</translation>
    </message>
    <message>
        <source>{source}: this is no catalog that `genredesk library` has written.</source>
        <translation>{source}: Das ist kein Katalog, den `genredesk library` geschrieben hat.</translation>
    </message>
    <message>
        <source>{spec} at {minutes:.0f}:{seconds:04.1f}.</source>
        <translation>{spec} bei {minutes:.0f}:{seconds:04.1f}.</translation>
    </message>
    <message>
        <source>{state} ← next</source>
        <translation>{state} ← als Nächstes</translation>
    </message>
    <message>
        <source>{table_path}: the track {name} has {what}.</source>
        <translation>{table_path}: Der Titel {name} hat {what}.</translation>
    </message>
    <message>
        <source>{target} is a folder. Name a file in it.</source>
        <translation>{target} ist ein Ordner. Nenne eine Datei darin.</translation>
    </message>
    <message>
        <source>{target}: full training could not be installed ({strerror}). Nothing was changed.</source>
        <translation>{target}: Das volle Training ließ sich nicht installieren ({strerror}). Nichts wurde geändert.</translation>
    </message>
    <message>
        <source>{target}: it cannot be written ({reason}).</source>
        <translation>{target}: kann nicht geschrieben werden ({reason}).</translation>
    </message>
    <message>
        <source>{target}: it cannot be written ({reason}). Choose another place or make room.</source>
        <translation>{target}: kann nicht geschrieben werden ({reason}). Wähle einen anderen Ort oder schaffe Platz.</translation>
    </message>
    <message>
        <source>{target}: it cannot be written ({strerror}).</source>
        <translation>{target}: kann nicht geschrieben werden ({strerror}).</translation>
    </message>
    <message>
        <source>{target}: it cannot be written ({strerror}). Choose another place.</source>
        <translation>{target}: kann nicht geschrieben werden ({strerror}). Wähle einen anderen Ort.</translation>
    </message>
    <message>
        <source>{target}: only WAV is written. Call it {stem}.wav.</source>
        <translation>{target}: Geschrieben wird nur WAV. Nenne es {stem}.wav.</translation>
    </message>
    <message>
        <source>{target}: the genre {genre}</source>
        <translation>{target}: das Genre {genre}</translation>
    </message>
    <message>
        <source>{text} is not FIELD=VALUE</source>
        <translation>{text} ist nicht FELD=WERT</translation>
    </message>
    <message>
        <source>{text} is not a positive number of seconds</source>
        <translation>{text} ist keine positive Zahl von Sekunden</translation>
    </message>
    <message>
        <source>{text}. Start again; if that does not help, restore a backup from its folder</source>
        <translation>{text}. Starte noch einmal; wenn das nicht hilft, stelle eine Sicherung aus seinem Ordner wieder her</translation>
    </message>
    <message>
        <source>{title} brings no other music to tell a new word from. Choose a model that comes with GenreDesk, or train on a folder with several words.</source>
        <translation>{title} bringt keine andere Musik mit, von der sich ein neues Wort unterscheiden ließe. Wähle ein Modell, das mit GenreDesk kommt, oder trainiere mit einem Ordner mit mehreren Wörtern.</translation>
    </message>
    <message>
        <source>{title} could not answer ({reason}). Listening goes on; choose another model if this stays.</source>
        <translation>{title} konnte nicht antworten ({reason}). Das Zuhören geht weiter; wähle ein anderes Modell, wenn das so bleibt.</translation>
    </message>
    <message>
        <source>{title} could not be opened on {asked}: {reason}.</source>
        <translation>{title} ließ sich nicht auf {asked} öffnen: {reason}.</translation>
    </message>
    <message>
        <source>{title} gets {before} of the same {n} songs right, this network {after}.</source>
        <translation>{title} benennt {before} derselben {n} Songs richtig, dieses Netz {after}.</translation>
    </message>
    <message>
        <source>{title} has no last layer that another word could stand beside. Choose a model that comes with GenreDesk.</source>
        <translation>{title} hat keine letzte Schicht, neben der ein weiteres Wort stehen könnte. Wähle ein Modell, das mit GenreDesk kommt.</translation>
    </message>
    <message>
        <source>{title} holds no genre that {title2} knows ({known}). Name its folders after these genres.</source>
        <translation>{title} enthält kein Genre, das {title2} kennt ({known}). Benenne die Ordner darin nach diesen Genres.</translation>
    </message>
    <message>
        <source>{title} is deleted.</source>
        <translation>{title} ist gelöscht.</translation>
    </message>
    <message>
        <source>{title} is installed as {id}. {licence}.</source>
        <translation>{title} ist als {id} installiert. {licence}.</translation>
    </message>
    <message>
        <source>{title} is installed as {id}: {n_labels} words{tree}, {many}; it hears {kind} of {window_s:.1f} s at {sample_rate} Hz.{wait} License: {licence}.</source>
        <translation>{title} ist als {id} installiert: {n_labels} Wörter{tree}, {many}; es hört {kind} aus {window_s:.1f} s bei {sample_rate} Hz.{wait} Lizenz: {licence}.</translation>
    </message>
    <message>
        <source>{title} is installed{already} as {id}.</source>
        <translation>{title} ist{already} als {id} installiert.</translation>
    </message>
    <message>
        <source>{title} learned from: {data}.</source>
        <translation>{title} hat gelernt aus: {data}.</translation>
    </message>
    <message>
        <source>{title} learns one genre a song. Take another network for several words.</source>
        <translation>{title} lernt ein Genre je Song. Nimm für mehrere Wörter ein anderes Netz.</translation>
    </message>
    <message>
        <source>{title} listens at {sample_rate} Hz, but {info} was opened at {sample_rate2} Hz. Open it again.</source>
        <translation>{title} hört mit {sample_rate} Hz, aber {info} wurde mit {sample_rate2} Hz geöffnet. Öffne es noch einmal.</translation>
    </message>
    <message>
        <source>{title} names several words at once. Choose a model whose words exclude each other to teach it another.</source>
        <translation>{title} nennt mehrere Wörter zugleich. Wähle ein Modell, dessen Wörter einander ausschließen, um ihm ein weiteres beizubringen.</translation>
    </message>
    <message>
        <source>{title} needs {window_s:.0f} s of sound at once, more than is kept while listening. Choose another model.</source>
        <translation>{title} braucht {window_s:.0f} s Ton auf einmal, mehr als beim Zuhören aufbewahrt wird. Wähle ein anderes Modell.</translation>
    </message>
    <message>
        <source>{title} was imported as a graph without weights to train on. Choose another model to start from.</source>
        <translation>{title} wurde als Graph importiert, ohne Gewichte zum Trainieren. Wähle ein anderes Modell zum Anfangen.</translation>
    </message>
    <message>
        <source>{title}. Plan {plan_id}.</source>
        <translation>{title}. Plan {plan_id}.</translation>
    </message>
    <message>
        <source>{title}: another model is called “{id}” by now. Delete that one first.</source>
        <translation>{title}: Inzwischen heißt ein anderes Modell „{id}“. Lösche zuerst dieses.</translation>
    </message>
    <message>
        <source>{title}: evaluation</source>
        <translation>{title}: Auswertung</translation>
    </message>
    <message>
        <source>{title}: it cannot be brought back ({strerror}). Move {aside} to {bundle}.</source>
        <translation>{title}: lässt sich nicht zurückholen ({strerror}). Verschiebe {aside} nach {bundle}.</translation>
    </message>
    <message>
        <source>{title}: it cannot be deleted ({strerror}). Allow writing in {root}.</source>
        <translation>{title}: lässt sich nicht löschen ({strerror}). Erlaube das Schreiben in {root}.</translation>
    </message>
    <message>
        <source>{title}: its files are gone. Import another copy.</source>
        <translation>{title}: Die Dateien sind weg. Importiere eine andere Kopie.</translation>
    </message>
    <message>
        <source>{title}: its network cannot be opened ({reason}). Import it again.</source>
        <translation>{title}: Das Netz lässt sich nicht öffnen ({reason}). Importiere es noch einmal.</translation>
    </message>
    <message>
        <source>{title}: no track that is there has a genre of yours. Correct some.</source>
        <translation>{title}: Kein vorhandener Titel hat ein Genre von dir. Korrigiere einige.</translation>
    </message>
    <message>
        <source>{title}: only models you imported or trained can be deleted.</source>
        <translation>{title}: Nur Modelle, die du importiert oder trainiert hast, lassen sich löschen.</translation>
    </message>
    <message>
        <source>{title}: {n:,} done</source>
        <translation>{title}: {n:,} erledigt</translation>
    </message>
    <message>
        <source>{title}: {n} of {total} on the diagonal, {share:.1f} %. {notes}</source>
        <translation>{title}: {n} von {total} auf der Diagonale, {share:.1f} %. {notes}</translation>
    </message>
    <message>
        <source>{topic} is no topic to publish to: leave out #, + and a first /.</source>
        <translation>{topic} ist kein Topic zum Veröffentlichen: Lass #, + und ein / am Anfang weg.</translation>
    </message>
    <message>
        <source>{total:,} hidden or system folders ({names})</source>
        <translation>{total:,} versteckte oder Systemordner ({names})</translation>
    </message>
    <message>
        <source>{total} files that are not music by their names ({kinds})</source>
        <translation>{total} Dateien, die dem Namen nach keine Musik sind ({kinds})</translation>
    </message>
    <message>
        <source>{to}: this is a file. Choose a folder.</source>
        <translation>{to}: Das ist eine Datei. Wähle einen Ordner.</translation>
    </message>
    <message>
        <source>{tracks}: a table belongs to mel arrays (--mels). For a folder, put it there as tracks.csv with a column path, or leave it out.</source>
        <translation>{tracks}: Eine Tabelle gehört zu Mel-Arrays (--mels). Bei einem Ordner lege sie als tracks.csv mit einer Spalte path hinein oder lass sie weg.</translation>
    </message>
    <message>
        <source>{train} songs for training, {valid} held back</source>
        <translation>{train} Songs zum Trainieren, {valid} zurückgehalten</translation>
    </message>
    <message>
        <source>{train} songs learned from, {valid} kept back ({protocol}).</source>
        <translation>Aus {train} Songs gelernt, {valid} zurückgehalten ({protocol}).</translation>
    </message>
    <message>
        <source>{train} songs to learn from, {valid} of them held back once</source>
        <translation>{train} Songs zum Lernen, {valid} davon einmal zurückgehalten</translation>
    </message>
    <message>
        <source>{true} heard as {said}: {n} of {total}</source>
        <translation>{true} gehört als {said}: {n} von {total}</translation>
    </message>
    <message>
        <source>{wanted} threads cannot work. Ask for at least one, or 0 to leave it open.</source>
        <translation>{wanted} Threads können nicht arbeiten. Verlange mindestens einen, oder 0, um es offen zu lassen.</translation>
    </message>
    <message>
        <source>{what} does not say its {name}.</source>
        <translation>{what} nennt {name} nicht.</translation>
    </message>
    <message>
        <source>{what} has an unknown field, {unknown}.</source>
        <translation>{what} hat ein unbekanntes Feld, {unknown}.</translation>
    </message>
    <message>
        <source>{what} has the wrong type.</source>
        <translation>{what} hat den falschen Typ.</translation>
    </message>
    <message>
        <source>{what} is no JSON object.</source>
        <translation>{what} ist kein JSON-Objekt.</translation>
    </message>
    <message>
        <source>{what} is no JSON object: {line!r}.</source>
        <translation>{what} ist kein JSON-Objekt: {line!r}.</translation>
    </message>
    <message>
        <source>{what} is no JSON: {line!r}.</source>
        <translation>{what} ist kein JSON: {line!r}.</translation>
    </message>
    <message>
        <source>{wheel}: it cannot be read ({strerror}).</source>
        <translation>{wheel}: nicht lesbar ({strerror}).</translation>
    </message>
    <message>
        <source>{wheel}: it does not hold what it should. Get it again.</source>
        <translation>{wheel}: enthält nicht, was es soll. Hole die Datei noch einmal.</translation>
    </message>
    <message>
        <source>{wheel}: it is not the published wheel of musicnn 0.1.0 (SHA-256 differs), or was broken off. Get it again.</source>
        <translation>{wheel}: Das ist nicht das veröffentlichte Wheel von musicnn 0.1.0 (die SHA-256 weicht ab), oder es brach ab. Hole die Datei noch einmal.</translation>
    </message>
    <message>
        <source>{wheel}: its tags cannot be read. Get it again.</source>
        <translation>{wheel}: Die Tags darin sind nicht lesbar. Hole die Datei noch einmal.</translation>
    </message>
    <message>
        <source>{where} has an unknown “{raw}”</source>
        <translation>{where} hat ein unbekanntes „{raw}“</translation>
    </message>
    <message>
        <source>{where} has no answers to compare with</source>
        <translation>{where} hat keine Antworten zum Vergleichen</translation>
    </message>
    <message>
        <source>{where} has no “{name}”</source>
        <translation>{where} hat kein „{name}“</translation>
    </message>
    <message>
        <source>{where} is not a JSON object</source>
        <translation>{where} ist kein JSON-Objekt</translation>
    </message>
    <message>
        <source>{words} (may be repeated)</source>
        <translation>{words} (mehrfach möglich)</translation>
    </message>
    <message>
        <source>{words} {other}, in another genre</source>
        <translation>{words} {other}, in einem anderen Genre</translation>
    </message>
    <message>
        <source>{word} as {own}</source>
        <translation>{word} als {own}</translation>
    </message>
    <message>
        <source>{worker} has GenreDesk {theirs}, here it is {version}. Install it there.</source>
        <translation>{worker} hat GenreDesk {theirs}, hier ist es {version}. Installiere dort dieselbe Version.</translation>
    </message>
    <message>
        <source>± over runs</source>
        <translation>± über Läufe</translation>
    </message>
    <message>
        <source>“eight_bits” of the card</source>
        <translation>„eight_bits“ der Karte</translation>
    </message>
    <message>
        <source>“tone:{rest}” is no tone. Write its frequency in Hz between 0 and {sample_rate}, for example tone:440.</source>
        <translation>„tone:{rest}“ ist kein Ton. Schreibe die Frequenz in Hz zwischen 0 und {sample_rate}, zum Beispiel tone:440.</translation>
    </message>
    <message>
        <source>“{ending}” is not a format GenreDesk writes. Use .png, .svg, .csv, .json, .txt, .wav or .m3u8.</source>
        <translation>„{ending}“ ist kein Format, das GenreDesk schreibt. Nimm .png, .svg, .csv, .json, .txt, .wav oder .m3u8.</translation>
    </message>
    <message>
        <source>“{ending}” is not a format for a report. Use .html, .png, .csv or .json.</source>
        <translation>„{ending}“ ist kein Format für einen Bericht. Nimm .html, .png, .csv oder .json.</translation>
    </message>
    <message>
        <source>“{field}:{operator}” needs a value behind it, &quot;&quot; for an empty one.</source>
        <translation>„{field}:{operator}“ braucht einen Wert dahinter, &quot;&quot; für einen leeren.</translation>
    </message>
    <message>
        <source>“{filename}” in it is damaged</source>
        <translation>„{filename}“ darin ist beschädigt</translation>
    </message>
    <message>
        <source>“{filename}” in it is larger than it says</source>
        <translation>„{filename}“ darin ist größer, als es sagt</translation>
    </message>
    <message>
        <source>“{filename}” in it is shorter than it says</source>
        <translation>„{filename}“ darin ist kürzer, als es sagt</translation>
    </message>
    <message>
        <source>“{heard}” stands for an empty word. Write one or remove it.</source>
        <translation>„{heard}“ steht für ein leeres Wort. Schreibe eines oder entferne es.</translation>
    </message>
    <message>
        <source>“{name}:” holds text, which is neither more nor less. Use {name}:{value}.</source>
        <translation>„{name}:“ enthält Text, der weder mehr noch weniger ist. Nimm {name}:{value}.</translation>
    </message>
    <message>
        <source>“{name}” in {where} has the wrong type</source>
        <translation>„{name}“ in {where} hat den falschen Typ</translation>
    </message>
    <message>
        <source>“{name}” in {where} holds something that is not text</source>
        <translation>„{name}“ in {where} enthält etwas, das kein Text ist</translation>
    </message>
    <message>
        <source>“{name}” in {where} is {value}, not {low:g} to {high:g}</source>
        <translation>„{name}“ in {where} ist {value}, nicht {low:g} bis {high:g}</translation>
    </message>
    <message>
        <source>“{parent}” would stand above itself. Move it elsewhere.</source>
        <translation>„{parent}“ stünde über sich selbst. Verschiebe es woandershin.</translation>
    </message>
    <message>
        <source>“{shown}” in it is encrypted</source>
        <translation>„{shown}“ darin ist verschlüsselt</translation>
    </message>
    <message>
        <source>“{shown}” in it is too large ({file_size} MB)</source>
        <translation>„{shown}“ darin ist zu groß ({file_size} MB)</translation>
    </message>
    <message>
        <source>“{shown}” in it would unpack to far more than it is</source>
        <translation>„{shown}“ darin würde ausgepackt weit größer, als es ist</translation>
    </message>
    <message>
        <source>“{title}” is newer. Undo it first; the newest goes first.</source>
        <translation>„{title}“ ist neuer. Mach das zuerst rückgängig; das Neueste kommt zuerst.</translation>
    </message>
    <message>
        <source>“{title}” is undone already.</source>
        <translation>„{title}“ ist schon rückgängig gemacht.</translation>
    </message>
    <message>
        <source>“{title}” learns one genre a song, from teachers or an autoencoder. Take another recipe for several words.</source>
        <translation>„{title}“ lernt ein Genre je Song, von Lehrern oder einem Autoencoder. Nimm für mehrere Wörter ein anderes Rezept.</translation>
    </message>
    <message>
        <source>“{title}” was interrupted, and what became of it cannot be looked at: {reason}. Connect its drive and start again.</source>
        <translation>„{title}“ wurde unterbrochen, und was daraus wurde, lässt sich nicht ansehen: {reason}. Schließe das Laufwerk an und starte neu.</translation>
    </message>
    <message>
        <source>“{title}” was interrupted. Every file is whole: {done} of {steps} are done.</source>
        <translation>„{title}“ wurde unterbrochen. Jede Datei ist unversehrt: {done} von {steps} sind erledigt.</translation>
    </message>
    <message>
        <source>“{word}” stands alone at character {at}: something is missing beside it.</source>
        <translation>„{word}“ steht bei Zeichen {at} allein: Daneben fehlt etwas.</translation>
    </message>
    <message>
        <source>“{}” is not a date. Write added:2026-01-31, added:&gt;2026-01-31 or added:&lt;7d.</source>
        <translation>„{}“ ist kein Datum. Schreibe added:2026-01-31, added:&gt;2026-01-31 oder added:&lt;7d.</translation>
    </message>
    <message>
        <source>“{}” is not a length. Write length:&gt;300 (seconds) or length:&lt;4:30.</source>
        <translation>„{}“ ist keine Länge. Schreibe length:&gt;300 (Sekunden) oder length:&lt;4:30.</translation>
    </message>
    <message>
        <source>“{}” is not a number. Write disc:2.</source>
        <translation>„{}“ ist keine Zahl. Schreibe disc:2.</translation>
    </message>
    <message>
        <source>“{}” is not a number. Write track:1.</source>
        <translation>„{}“ ist keine Zahl. Schreibe track:1.</translation>
    </message>
    <message>
        <source>“{}” is not a score. Write sure:&lt;0.6 or sure:&gt;80%.</source>
        <translation>„{}“ ist kein Wert. Schreibe sure:&lt;0.6 oder sure:&gt;80%.</translation>
    </message>
    <message>
        <source>“{}” is not a year. Write year:1959, year:&lt;1970 or year:1960..1969.</source>
        <translation>„{}“ ist keine Jahreszahl. Schreibe year:1959, year:&lt;1970 oder year:1960..1969.</translation>
    </message>
    <message>
        <source>… and {n_every} more; --json has all of them.</source>
        <translation>… und {n_every} weitere; --json hat alle.</translation>
    </message>
    <message>
        <source>… and {n_steps:,} more rows (--json shows them all)</source>
        <translation>… und {n_steps:,} weitere Zeilen (--json zeigt alle)</translation>
    </message>
</context>
</TS>
