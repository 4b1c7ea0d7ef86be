import type { Migration } from '../store.ts'

/**
 * Webhooks as an outbox: what happens is written to be delivered in the transaction in which it happens, so that no
 * message is lost and none is sent of what was rolled back.
 */
export const webhooks: Migration = {
  name: '0012-webhooks',
  up: `
    CREATE TABLE webhook_endpoint (
      id text PRIMARY KEY,
      name text NOT NULL,
      url text NOT NULL,
      -- such as case.decided, case.*, *
      event_types text[] NOT NULL,
      -- it is told of this organization only; null: of everything
      organization text,
      -- signing secrets, sealed under the master key; during a rotation both sign
      sealed_secret text NOT NULL,
      sealed_before text,
      before_until_ms bigint,
      hint text NOT NULL,
      enabled boolean NOT NULL DEFAULT true,
      created_at_ms bigint NOT NULL,
      updated_at_ms bigint NOT NULL,
      removed_at_ms bigint
    );

    CREATE TABLE webhook_delivery (
      -- the message's id, the same at every try
      id text NOT NULL,
      endpoint text NOT NULL REFERENCES webhook_endpoint (id),
      type text NOT NULL,
      body text NOT NULL,
      state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'given-up')),
      tries integer NOT NULL DEFAULT 0,
      next_at_ms bigint NOT NULL,
      created_at_ms bigint NOT NULL,
      status integer,
      says text,
      ended_at_ms bigint,
      PRIMARY KEY (endpoint, id)
    );
    CREATE INDEX webhook_delivery_due ON webhook_delivery (next_at_ms) WHERE state = 'waiting';
    CREATE INDEX webhook_delivery_created ON webhook_delivery (created_at_ms DESC);

    CREATE FUNCTION webhook_matches(wanted text[], given text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
      SELECT EXISTS (SELECT 1 FROM unnest(wanted) AS w WHERE w = '*' OR w = given OR (right(w, 2) = '.*' AND starts_with(given, left(w, -1))))
    $$;

    -- One message for every endpoint that wants it. Times in the body are seconds, as OpenAI's events have them.
    CREATE FUNCTION webhook_enqueue(p_id text, p_type text, p_organization text, p_at_ms bigint, p_data jsonb) RETURNS void LANGUAGE sql AS $$
      INSERT INTO webhook_delivery (id, endpoint, type, body, next_at_ms, created_at_ms)
      SELECT p_id, e.id, p_type, jsonb_build_object('id', p_id, 'object', 'event', 'created_at', p_at_ms / 1000, 'type', p_type, 'data', p_data)::text, p_at_ms, p_at_ms
      FROM webhook_endpoint e
      WHERE e.removed_at_ms IS NULL AND e.enabled AND webhook_matches(e.event_types, p_type) AND (e.organization IS NULL OR e.organization = p_organization)
      ON CONFLICT DO NOTHING
    $$;

    CREATE FUNCTION webhook_of_event() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM webhook_enqueue(NEW.id, 'event.' || NEW.kind, NEW.body->>'organization', (extract(epoch FROM NEW.at) * 1000)::bigint, jsonb_build_object('subject', NEW.subject, 'event', NEW.body));
      RETURN NULL;
    END $$;
    CREATE TRIGGER webhook_of_event AFTER INSERT ON event FOR EACH ROW EXECUTE FUNCTION webhook_of_event();

    -- Cases: one message an event, and to the customer what OpenAI's clients know: a warning at the notice, a deactivation
    -- where a suspension or the end of the account comes in force.
    CREATE FUNCTION webhook_of_case() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      proposed text;
      told text := NEW.case_id || '_' || NEW.number;
    BEGIN
      PERFORM webhook_enqueue('evt_' || told, 'case.' || coalesce(NEW.body->>'act', NEW.kind), NEW.organization, NEW.at_ms,
        jsonb_build_object('id', NEW.case_id, 'number', NEW.number, 'organization', NEW.organization, 'kind', NEW.kind));
      IF NEW.kind = 'moved' AND NEW.body->>'act' = 'notice' THEN
        PERFORM webhook_enqueue('evt_' || told || '_warning', 'safety.warning_issued', NEW.organization, NEW.at_ms, jsonb_build_object('id', NEW.case_id));
      ELSIF NEW.kind = 'restriction-approved' THEN
        SELECT body->'restriction'->>'kind' INTO proposed FROM terms_case_event WHERE case_id = NEW.case_id AND kind = 'restricted' AND body->'restriction'->>'id' = NEW.body->>'restriction';
        IF proposed IN ('suspend_key', 'suspend_project', 'suspend_account', 'terminate') THEN
          PERFORM webhook_enqueue('evt_' || told || '_deactivation', 'safety.deactivation_issued', NEW.organization, NEW.at_ms, jsonb_build_object('id', NEW.case_id));
        END IF;
      END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER webhook_of_case AFTER INSERT ON terms_case_event FOR EACH ROW EXECUTE FUNCTION webhook_of_case();
  `,
}
