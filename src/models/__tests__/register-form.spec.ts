import { settle } from './fixtures';
import { RequestError } from '../../api/request';
import type { ModelVersion, Proposals } from '../../api/types';
import { RegisterForm } from '../register-form';
import type { RegistryModel } from '../registry';

const PROPOSALS: Proposals = {
  variables: [
    { variable: 'forest', class: 'RandomForestClassifier' },
    { variable: 'linear', class: 'Pipeline' }
  ],
  candidate: 'c1',
  model: 'tumours',
  models: ['tumours'],
  versions: [
    { version: '1.0.1', bump: 'patch', reason: 'only params changed' },
    { version: '1.1.0', bump: 'minor', reason: 'code changed' }
  ],
  proposed: '1.0.1',
  checks: [],
  busy: false
};

function setUp(origin = { notebook: 'a.ipynb', cell_id: 'x' }) {
  const registry = {
    waiting: [],
    changed: { connect: jest.fn(), disconnect: jest.fn() },
    cancelRegistration: jest.fn(async () => undefined),
    proposals: jest.fn(async () => PROPOSALS),
    register: jest.fn(
      async () => ({ model: 'tumours', version: '1.0.1' }) as ModelVersion
    )
  };
  const form = new RegisterForm({
    registry: registry as unknown as RegistryModel,
    origin
  });
  return { form, registry };
}

describe('RegisterForm', () => {
  it('is complete as proposed: one click registers', async () => {
    const { form, registry } = setUp();
    expect(form.complete).toBe(false);
    await settle();
    expect(form.complete).toBe(true);
    await form.submit();
    expect(registry.register).toHaveBeenCalledWith({
      id: expect.any(String),
      notebook: 'a.ipynb',
      variable: 'forest',
      model: 'tumours',
      version: '1.0.1',
      or_next: true
    });
  });

  it('registers what was chosen', async () => {
    const { form, registry } = setUp();
    await settle();
    form.setVariable(1);
    form.setVersion('3.0.0', true);
    await form.submit();
    expect(registry.register).toHaveBeenCalledWith(
      expect.objectContaining({
        variable: 'linear',
        version: '3.0.0',
        or_next: false
      })
    );
  });

  it('proposes anew for another variable', async () => {
    const { form, registry } = setUp();
    await settle();
    form.setVariable(1);
    await settle();
    expect(registry.proposals).toHaveBeenLastCalledWith(
      { notebook: 'a.ipynb', cell_id: 'x' },
      'tumours',
      'linear'
    );
    expect(form.variable).toBe(1);
  });

  it('cancels what is under way by the id it was sent with', async () => {
    const { form, registry } = setUp();
    await settle();
    let refuse: (reason: Error) => void = () => undefined;
    registry.register.mockImplementationOnce(
      () => new Promise((_, reject) => (refuse = reject))
    );
    const submitted = form.submit();
    await form.cancel();
    const [[sent]] = registry.register.mock.calls as unknown as [
      [{ id: string }]
    ];
    expect(registry.cancelRegistration).toHaveBeenCalledWith(sent.id);
    refuse(new RequestError('conflict', 'cancelled', 409));
    expect(await submitted).toBeNull();
    expect(form.registering).toBe(false);
  });

  it('keeps everything when it is refused, and says why', async () => {
    const { form, registry } = setUp();
    await settle();
    registry.register.mockRejectedValueOnce(
      new RequestError('already_exists', '1.0.1 exists', 409)
    );
    expect(await form.submit()).toBeNull();
    expect(form.problem?.message).toBe('1.0.1 exists');
    expect(form.registering).toBe(false);
    expect(form.name).toBe('tumours');
  });

  it('registers once, however often it is asked', async () => {
    const { form, registry } = setUp();
    await settle();
    await Promise.all([form.submit(), form.submit()]);
    expect(registry.register).toHaveBeenCalledTimes(1);
  });
});
