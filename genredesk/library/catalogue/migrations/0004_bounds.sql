-- A network's answers are judged by its bounds whenever they are read, not once when it was asked.
BEGIN IMMEDIATE;

-- JSON, by the names of core/certainty.py. Of a network that was asked before,
-- the least score it was sure with is kept, so that every answer stays what it was.
ALTER TABLE bundle ADD COLUMN bounds TEXT NOT NULL
    DEFAULT '{"sure": 2, "probable": 2, "between": 2, "lead": 2}';
UPDATE bundle SET bounds = json_object(
    'sure', coalesce((SELECT min(score) FROM result WHERE bundle_id = bundle.id AND state = 'named'), 2),
    'probable', (1 + 1.0 / max(1, json_array_length(labels))) / 2,
    'between', (1 + 2.0 / max(1, json_array_length(labels))) / 2,
    'lead', 2);

-- What remains of it is told by the label: there is none for silence.
ALTER TABLE result DROP COLUMN state;

PRAGMA user_version = 4;
COMMIT;
